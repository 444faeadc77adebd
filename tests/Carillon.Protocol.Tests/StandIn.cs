using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Carillon.Protocol.Tests;

/// <summary>A server on a free loopback port that keeps what it was asked and answers as the real one would.</summary>
internal sealed class StandIn : IAsyncDisposable
{
    private readonly WebApplication _app;

    private StandIn(WebApplication app) => _app = app;

    public ConcurrentQueue<(string Line, string Body)> Requests { get; } = [];

    public string Address => _app.Urls.Single();

    public static async Task<StandIn> StartAsync(RequestDelegate? answer = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var server = new StandIn(builder.Build());
        server._app.Run(async context =>
        {
            var request = context.Request;
            using var reader = new StreamReader(request.Body);
            var headers = $"{request.Headers.Authorization} {request.Headers[WellKnown.IdempotencyKeyHeader]}".TrimEnd();
            server.Requests.Enqueue(($"{request.Method} {request.Path}{request.QueryString} {headers}", await reader.ReadToEndAsync()));
            await (answer ?? Usual)(context);
        });
        await server._app.StartAsync();
        return server;
    }

    public static async Task WriteAsync(HttpContext context, string text, string? type = null)
    {
        context.Response.ContentType = type ?? context.Response.ContentType;
        await context.Response.WriteAsync(text);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static Task Usual(HttpContext context) => WriteAsync(
        context,
        context.Request.Path.Value switch
        {
            "/api/v1/notifications/resolve" => """{"updated":2}""",
            _ => """
                {"notification":{"seq":5,"rangSeq":5,"id":"ntf_1","receivedAt":"2026-11-21T09:00:00.000Z","seenAt":null,"readAt":null,"archivedAt":null,
                "resolvedAt":null,"count":1,"event":{"id":"ntf_1","type":"t","priority":"info","sessionId":null,"projectId":null,
                "timestamp":"2026-11-21T09:00:00.000Z","title":null,"message":"x","data":{"schemaVersion":3,"semanticType":"t","own":{"a":1}}},
                "actions":[]},"recipients":1}
                """,
        },
        "application/json");
}
