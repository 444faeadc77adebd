using System.Globalization;
using System.Net;
using Carillon.Changes;
using Carillon.Storage;

namespace Carillon;

/// <summary>What a supervisor asks: is the process there, and can it do its work.</summary>
internal static class Health
{
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestWrite = TimeSpan.FromSeconds(2);

    // A row that is really written: an empty commit would succeed on a full disk.
    private const string Probe = "INSERT INTO facts (name, value) VALUES ('probed', $1) ON CONFLICT (name) DO UPDATE SET value = excluded.value";

    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        app.MapGet("/healthz", () => TypedResults.Text("ok\n")).ExcludeFromDescription();
        app.MapGet("/readyz", (RequestDelegate)ReadyAsync).ExcludeFromDescription();
    }

    private static async Task ReadyAsync(HttpContext context)
    {
        var services = context.RequestServices;
        var now = services.GetRequiredService<TimeProvider>().GetUtcNow();
        var writer = services.GetRequiredService<Writer>();

        // A stranger gets what is known, and cannot make the server write: anybody may ask this as often as the line carries.
        var writing = !IsStranger(context) ? await CommitAsync(writer, services.GetRequiredService<Dialect>(), context.RequestAborted)
            : writer.LastFailed ? Writing.Fails
            : Writing.Works;
        var problem = writing == Writing.Fails ? "the database takes no commits"
            : services.GetRequiredService<ChangeFollower>().LastRead is not { } lastRead || now - lastRead > LongestSilence ? "the change log is not followed"
            : null;

        context.Response.StatusCode = problem is null ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        IEnumerable<string> lines =
        [
            problem ?? "ready",
            .. writing == Writing.WaitsForOthers ? ["another process holds the write lock, and commits wait for it"] : (string[])[],
            .. services.GetRequiredService<FollowedLog>().Followers.SelectMany(Remarks),
        ];
        await context.Response.WriteAsync(string.Concat(lines.Select(line => $"{line}\n")), context.RequestAborted);
    }

    /// <summary>Whoever asks from another machine and shows no access.</summary>
    private static bool IsStranger(HttpContext context) =>
        context.User.Identity?.IsAuthenticated is not true && context.Connection.RemoteIpAddress is { } address && !IPAddress.IsLoopback(address);

    /// <summary>What is wrong with a follower is no reason to take the node out: every node would have to go, and everything else works.</summary>
    private static IEnumerable<string> Remarks(Follower follower)
    {
        if (follower.Behind > LongestSilence)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{follower.Name} is {follower.Lag} changes behind, the oldest {follower.Behind.TotalSeconds:0} s old");
        }

        if (follower.Skipped is { } row)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{follower.Name} could not read change {row.Seq} ({row.Type}) and skipped it; the log says why");
        }
    }

    private static async Task<Writing> CommitAsync(Writer writer, Dialect dialect, CancellationToken cancel)
    {
        try
        {
            await writer.RunAsync(static write => write.Sql.Execute(Probe, write.NowMilliseconds.ToString(CultureInfo.InvariantCulture)), cancel)
                .WaitAsync(LongestWrite, cancel);
            return Writing.Works;
        }
        catch (TimeoutException)
        {
            return writer.IsHeldUp(LongestWrite) && !dialect.IsAlone ? Writing.WaitsForOthers : Writing.Fails;
        }
        catch (CommitFailedException error)
        {
            return Dialect.IsHeld(error.GetBaseException()) && !dialect.IsAlone ? Writing.WaitsForOthers : Writing.Fails;
        }
    }

    private enum Writing
    {
        Works,

        /// <summary>Another node is slow. This one is as good as any.</summary>
        WaitsForOthers,
        Fails,
    }
}
