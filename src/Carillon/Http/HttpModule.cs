using System.Net;
using System.Net.Sockets;
using System.Text;
using Carillon.Protocol;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using IPNetwork = System.Net.IPNetwork;

namespace Carillon.Http;

internal static class HttpModule
{
    private const long LargestBody = 256 * 1024;
    private const long SmallestLimit = 16 * 1024;

    /// <param name="connections">What every connection goes through first.</param>
    public static void AddHttp(this WebApplicationBuilder builder, Func<ConnectionDelegate, ConnectionDelegate> connections)
    {
        var largestBody = builder.Configuration.GetValue("Http:MaxBody", LargestBody);
        if (largestBody < SmallestLimit)
        {
            throw new OptionsValidationException("Http", typeof(HttpModule), [$"Http:MaxBody is at least {SmallestLimit} bytes."]);
        }

        var proxies = Proxies(builder.Configuration);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Use(connections));
            kestrel.Limits.MaxRequestBodySize = largestBody;
        });

        // A flush means that the socket has the bytes: streams write to the socket themselves after their head (LiveStreams). It is
        // the transport's limit that counts, and 0 would mean none.
        builder.WebHost.UseSockets(sockets => sockets.MaxWriteBufferSize = 1);
        builder.Services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.TypeInfoResolverChain.Clear();
            json.SerializerOptions.TypeInfoResolverChain.Add(CarillonJson.Default);
            CarillonJson.Configure(json.SerializerOptions);
        });
        builder.Services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        builder.Services.Configure<ForwardedHeadersOptions>(forwarded =>
        {
            // A proxy on this machine is believed, which is the framework's default, and those that the operator names.
            forwarded.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto | ForwardedHeaders.XForwardedHost;
            proxies.ForEach(forwarded.KnownIPNetworks.Add);
        });
        builder.Services.AddSingleton<OwnAddress>();
        builder.Services.AddOptions<ActionsOptions>().BindConfiguration(ActionsOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<ActionsOptions>, ActionsOptionsValidator>();
        builder.Services.AddSingleton<Addresses>();
        builder.Services.AddExceptionHandler<BadRequests>();
        builder.Services.AddProblemDetails();
    }

    public static void UseHttp(this WebApplication app)
    {
        app.UseForwardedHeaders();
        app.UsePageHeaders();
        app.UseExceptionHandler();
        app.UseStatusCodePages(static page => BadRequests.CompleteAsync(page.HttpContext));
        app.Use(static (context, next) => CrossSite.IsEmbedded(context.Request) ? Problems.CrossSite.ExecuteAsync(context) : next(context));
        app.Use(static (context, next) =>
        {
            // No text of ours holds U+0000, and a database may refuse to look for one.
            return context.Request.QueryString.Value is { Length: > 0 } query && query.Contains("%00", StringComparison.Ordinal)
                ? Problems.InvalidRequest.Because("The query holds the character U+0000.").ExecuteAsync(context)
                : UnknownCharset(context.Request) is { } charset
                    ? Problems.NotJson.Because($"The charset '{PlainText.Shortened(charset, 40)}' is not known here. Send UTF-8: Content-Type: application/json").ExecuteAsync(context)
                : next(context);
        });
    }

    // The framework throws on a charset that it cannot decode, which is a mistake of the client.
    private static string? UnknownCharset(HttpRequest request)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type) || type.Charset is not { Length: > 0 })
        {
            return null;
        }

        var charset = HeaderUtilities.RemoveQuotes(type.Charset).ToString();
        try
        {
            _ = Encoding.GetEncoding(charset);

            // The framework takes the quotes for a part of the name.
            type.Charset = charset;
            request.ContentType = type.ToString();
            return null;
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException)
        {
            return charset;
        }
    }

    /// <summary>What cannot be read of the body is answered with this.</summary>
    public static RouteHandlerBuilder RefusesBodyWith(this RouteHandlerBuilder endpoint, Refusal refusal) =>
        endpoint.WithMetadata(new BodyRefusal(refusal));

    /// <summary>
    /// Describes a body that the endpoint reads itself, because it may be left out. <c>Accepts</c> would have routing send a request without
    /// one to the fallback, which accepts anything.
    /// </summary>
    public static RouteHandlerBuilder MayHaveBody<T>(this RouteHandlerBuilder endpoint) => endpoint.WithMetadata(new OptionalBody(typeof(T)));

    private static List<IPNetwork> Proxies(ConfigurationManager configuration) =>
    [
        .. (configuration.GetSection("Http:Proxies").Get<string[]>() ?? []).Select(text =>
            IPNetwork.TryParse(text, out var network) ? network
            : IPAddress.TryParse(text, out var address) ? new IPNetwork(address, address.AddressFamily == AddressFamily.InterNetworkV6 ? 128 : 32)
            : throw new OptionsValidationException("Http", typeof(HttpModule), [$"Http:Proxies holds '{text}', which is neither an address nor a network such as 10.0.0.0/8."])),
    ];
}
