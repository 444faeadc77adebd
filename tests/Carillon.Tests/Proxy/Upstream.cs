using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Carillon.Proxy;

/// <summary>Stands behind the proxy. It says lines when it is told to, and tells what reached it.</summary>
internal sealed class Upstream : IAsyncDisposable
{
    /// <summary>Whoever sends this is ada.</summary>
    public const string Cookie = "carillon_session=ada";

    private readonly WebApplication _app;
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Upstream(WebApplication app) => _app = app;

    public Uri Url => new(_app.Urls.Single());

    /// <summary>The reader of the lines is gone.</summary>
    public Task Left => _left.Task;

    public static async Task<Upstream> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var upstream = new Upstream(builder.Build());
        upstream._app.Run(context => context.Request.Path.Value switch
        {
            "/auth/verify" => VerifyAsync(context),
            "/tickets/watch" => upstream.SpeakAsync(context),
            _ => TellAsync(context),
        });
        await upstream._app.StartAsync();
        return upstream;
    }

    public void Say(string line) => _lines.Writer.TryWrite(line);

    public ValueTask DisposeAsync()
    {
        _lines.Writer.TryComplete();
        return _app.DisposeAsync();
    }

    private static Task VerifyAsync(HttpContext context)
    {
        if (context.Request.Cookies["carillon_session"] == "ada")
        {
            context.Response.Headers["X-Forwarded-User"] = "ada";
            context.Response.Headers["X-Forwarded-Role"] = "member";
        }
        else
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        }

        return Task.CompletedTask;
    }

    private async Task SpeakAsync(HttpContext context)
    {
        context.Response.ContentType = "application/x-ndjson";
        await context.Response.Body.FlushAsync();
        try
        {
            await foreach (var line in _lines.Reader.ReadAllAsync(context.RequestAborted))
            {
                await context.Response.WriteAsync($"{line}\n", context.RequestAborted);
            }
        }
        catch (OperationCanceledException)
        {
            _left.TrySetResult();
        }
    }

    /// <summary>One line for what was asked, one for each header, and the body.</summary>
    private static async Task TellAsync(HttpContext context)
    {
        var request = context.Request;
        using var body = new StreamReader(request.Body);
        var headers = request.Headers.Select(header => $"{header.Key}: {header.Value}\n");
        await context.Response.WriteAsync($"{request.Method} {request.Path}\n{string.Concat(headers)}\n{await body.ReadToEndAsync()}");
    }
}
