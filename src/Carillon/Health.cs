using System.Globalization;
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
        var problem = await IsWritableAsync(services.GetRequiredService<Writer>(), context.RequestAborted) ? null : "the database takes no commits";
        if (services.GetRequiredService<ChangeFollower>().LastRead is not { } lastRead
            || services.GetRequiredService<TimeProvider>().GetUtcNow() - lastRead > LongestSilence)
        {
            problem ??= "the change log is not followed";
        }

        context.Response.StatusCode = problem is null ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        await context.Response.WriteAsync($"{problem ?? "ready"}\n", context.RequestAborted);
    }

    private static async Task<bool> IsWritableAsync(Writer writer, CancellationToken cancel)
    {
        try
        {
            await writer.RunAsync(static write => write.Sql.Execute(Probe, write.NowMilliseconds.ToString(CultureInfo.InvariantCulture)), cancel)
                .WaitAsync(LongestWrite, cancel);
            return true;
        }
        catch (Exception error) when (error is CommitFailedException or TimeoutException)
        {
            return false;
        }
    }
}
