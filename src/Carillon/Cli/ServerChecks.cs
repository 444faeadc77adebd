using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Carillon.Protocol;

namespace Carillon.Cli;

/// <summary>What can be seen of the server from here: whether it is there, knows the token, has the same time, and streams without delay.</summary>
internal static class ServerChecks
{
    /// <summary>Alerts are ordered by when things happened on the agent's machine: more than this can be seen.</summary>
    private static readonly TimeSpan s_apart = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan s_soon = TimeSpan.FromDays(7);

    public static async IAsyncEnumerable<Finding> RunAsync(
        Terminal terminal, Remote.Choice choice, bool hooksAreThere, [EnumeratorCancellation] CancellationToken cancel)
    {
        var (server, clock, address) = await ServerAsync(terminal, choice, cancel);
        yield return server;
        if (address is null)
        {
            yield break;
        }

        if (clock is not null)
        {
            yield return clock;
        }

        var (tokenFindings, http, scopes) = await TokenAsync(terminal, choice, hooksAreThere, cancel);
        using var closing = http;
        foreach (var finding in tokenFindings)
        {
            yield return finding;
        }

        if (http is null)
        {
            yield break;
        }

        yield return Unsent(terminal, http);
        if (!scopes.Contains(Scopes.Read))
        {
            yield return Finding.Skips("Stream", "Not looked at: the token may not read.");
            yield break;
        }

        var socket = SocketAsync(terminal, http, cancel);
        yield return await StreamAsync(terminal, http, cancel);
        yield return await socket;
    }

    private static async Task<(Finding Server, Finding? Clock, Uri? Address)> ServerAsync(Terminal terminal, Remote.Choice choice, CancellationToken cancel)
    {
        HttpClient http;
        try
        {
            http = choice.ConnectAsStranger(terminal, Timeout.InfiniteTimeSpan);
        }
        catch (CommandFailed failed)
        {
            return (Finding.Fails("Server", failed.Message, "export CARILLON_URL=http://127.0.0.1:7420"), null, null);
        }

        using (http)
        {
            var address = http.BaseAddress!;
            try
            {
                var begin = terminal.Time.GetTimestamp();
                var (status, date, location, body) = await DoctorCommand.InTimeAsync(terminal, async within =>
                {
                    using var answer = await http.GetAsync(new Uri("api/v1/setup", UriKind.Relative), within);
                    return (answer.StatusCode, answer.Headers.Date, answer.Headers.Location, await answer.Content.ReadAsStringAsync(within));
                }, cancel);
                var took = terminal.Time.GetElapsedTime(begin);
                if (status == HttpStatusCode.OK && SetupOf(body) is { } setup)
                {
                    return (
                        setup.Needed
                            ? Finding.Warns("Server", $"{address} answers and has no account yet.", "Open the link that `carillon serve` printed at its first start.")
                            : Finding.Ok("Server", string.Create(CultureInfo.InvariantCulture, $"{address} answers in {took.TotalMilliseconds:0} ms.")),
                        Clock(terminal, date, took), address);
                }

                return (NoCarillon(address, status, location), null, null);
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                return (
                    Finding.Fails("Server", $"{address} does not answer within {Seconds(DoctorCommand.Patience)}.",
                        $"curl -v {ShellWord.Quoted(address.AbsoluteUri)}healthz # a firewall may swallow what is sent"),
                    null, null);
            }
            catch (HttpRequestException error)
            {
                return (Unreachable(address, error), null, null);
            }
            catch (IOException error)
            {
                return (Finding.Fails("Server", $"The connection to {address} broke: {error.Message}", $"curl -v {ShellWord.Quoted(address.AbsoluteUri)}healthz"), null, null);
            }
        }
    }

    private static Finding NoCarillon(Uri address, HttpStatusCode status, Uri? location) => (int)status switch
    {
        >= 300 and < 400 => Finding.Fails(
            "Server", $"{address} leads to another address ({(int)status}), which is not followed.",
            location is { IsAbsoluteUri: true } ? $"export CARILLON_URL={ShellWord.Quoted(location.GetLeftPart(UriPartial.Authority))}" : "export CARILLON_URL=https://… # the address that a browser ends up at"),
        502 or 503 or 504 => Finding.Fails(
            "Server", $"{address} is a proxy that does not reach Carillon, or Carillon cannot work ({(int)status}).",
            "curl http://127.0.0.1:7420/readyz # on the server"),
        _ => Finding.Fails(
            "Server", $"{address} answers ({(int)status}), but not as Carillon does.", "export CARILLON_URL=http://127.0.0.1:7420 # the address of Carillon, without a path"),
    };

    private static Finding Unreachable(Uri address, HttpRequestException error) => error.HttpRequestError switch
    {
        HttpRequestError.NameResolutionError => Finding.Fails(
            "Server", $"The name {address.Host} cannot be looked up.", "export CARILLON_URL=https://… # or correct the name, or the name server"),
        HttpRequestError.SecureConnectionError => Finding.Fails(
            "Server", $"The secure connection to {address} failed: {error.InnerException?.Message ?? error.Message}",
            address.IsLoopback
                ? "export CARILLON_URL=http://127.0.0.1:7420 # Carillon itself speaks no TLS"
                : $"openssl s_client -connect {address.Host}:{address.Port} -servername {address.Host} # shows the certificate; this machine has to trust who signed it"),
        _ => Finding.Fails(
            "Server", $"{address} cannot be reached: {error.InnerException?.Message ?? error.Message}",
            address.IsLoopback ? "carillon serve" : "systemctl status carillon # on the server; or a firewall is in between"),
    };

    private static Finding Clock(Terminal terminal, DateTimeOffset? date, TimeSpan took)
    {
        if (date is not { } theirs)
        {
            return Finding.Skips("Clock", "The server tells no time.");
        }

        // The header has whole seconds, and is from somewhere between question and answer.
        var apart = theirs + TimeSpan.FromSeconds(0.5) - (terminal.Time.GetUtcNow() - (took / 2));
        return apart.Duration() <= s_apart
            ? Finding.Ok("Clock", $"The server has the same time, within {Seconds(TimeSpan.FromSeconds(Math.Max(1, Math.Ceiling(apart.Duration().TotalSeconds))))}.")
            : Finding.Warns(
                "Clock", $"The server's clock is {Seconds(apart.Duration())} {(apart > TimeSpan.Zero ? "ahead of" : "behind")} this machine's.",
                "sudo timedatectl set-ntp true # on the machine whose clock is wrong");
    }

    private static async Task<(IReadOnlyList<Finding> Findings, HttpClient? Http, IReadOnlyList<string> Scopes)> TokenAsync(
        Terminal terminal, Remote.Choice choice, bool hooksAreThere, CancellationToken cancel)
    {
        const string New = "carillon token create --user NAME --scope publish --scope read # on the server; then export CARILLON_TOKEN=…";
        HttpClient? http = null;
        try
        {
            http = choice.Connect(terminal, Timeout.InfiniteTimeSpan);
            var asked = http;
            var (status, body) = await DoctorCommand.InTimeAsync(terminal, async within =>
            {
                using var answer = await asked.GetAsync(new Uri("api/v1/me", UriKind.Relative), within);
                return (answer.StatusCode, await answer.Content.ReadAsStringAsync(within));
            }, cancel);
            if (status == HttpStatusCode.OK && PersonOf(body) is { } person)
            {
                return ([.. Findings(terminal, person, hooksAreThere)], http, person.Scopes ?? Scopes.All);
            }

            http.Dispose();
            return ([status == HttpStatusCode.Unauthorized
                ? Finding.Fails("Token", "The server does not accept it: it was revoked, has ended, or is of another server.", New)
                : Finding.Fails("Token", $"The server does not say whose it is ({(int)status}).", "curl http://127.0.0.1:7420/readyz # on the server")], null, []);
        }
        catch (CommandFailed failed)
        {
            return ([Finding.Fails("Token", failed.Message, New)], null, []);
        }
        catch (Exception error) when (error is HttpRequestException or IOException || (error is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            http?.Dispose();
            return ([Finding.Fails("Token", "The server answers others, but not with the token.", "carillon doctor # once more; if it stays so, look into the log of the proxy")], null, []);
        }
    }

    private static IEnumerable<Finding> Findings(Terminal terminal, CurrentPerson person, bool hooksAreThere)
    {
        var may = person.Scopes ?? Scopes.All;
        var place = person.TokenProjectId is { } project ? $", in the project {project} alone" : string.Empty;
        var again = $"carillon token create --user {ShellWord.Quoted(person.Name)}{string.Concat(may.Select(scope => $" --scope {scope}"))}";
        yield return person.TokenExpiresAt switch
        {
            null => Finding.Ok("Token", $"{person.Name}'s{place}. It does not end."),
            { } end when end - terminal.Time.GetUtcNow() < s_soon => Finding.Warns("Token", $"{person.Name}'s{place}. It ends {Day(end)}.", $"{again} # on the server"),
            { } end => Finding.Ok("Token", $"{person.Name}'s{place}. It ends {Day(end)}."),
        };

        var lacks = new[]
        {
            (Scope: Scopes.Publish, For: "hooks, notify, ask and wake"),
            (Scope: Scopes.Read, For: "watch"),
        }.Where(need => !may.Contains(need.Scope)).ToList();
        var says = $"May {string.Join(", ", may)}.{string.Concat(lacks.Select(need => $" Without {need.Scope}, {need.For} cannot work."))}";
        yield return lacks is [] ? Finding.Ok("Scopes", says)
            : new Finding(
                "Scopes", hooksAreThere && lacks[0].Scope == Scopes.Publish ? FindingStates.Failed : FindingStates.Warning, says,
                $"{again}{string.Concat(lacks.Select(need => $" --scope {need.Scope}"))} # on the server");
    }

    private static Finding Unsent(Terminal terminal, HttpClient http)
    {
        if (Spool.Open(terminal, http) is not { } spool)
        {
            return Finding.Warns("Reports", "There is no folder that hooks could keep unsent reports in.", "export XDG_CACHE_HOME=~/.cache");
        }

        return spool.WaitingSince is [var oldest, ..] waiting
            ? Finding.Warns("Reports", $"{waiting.Count} wait to be sent, the oldest since {UtcTimeConverter.Text(oldest)}.", "carillon hook send")
            : Finding.Ok("Reports", "None of the hooks' waits to be sent.");
    }

    private static async Task<Finding> StreamAsync(Terminal terminal, HttpClient http, CancellationToken cancel)
    {
        var begin = terminal.Time.GetTimestamp();
        try
        {
            return await DoctorCommand.InTimeAsync(terminal, async within =>
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, "events") { Headers = { Accept = { new MediaTypeWithQualityHeaderValue("text/event-stream") } } };
                using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, within);
                if (answer is not { StatusCode: HttpStatusCode.OK, Content.Headers.ContentType.MediaType: "text/event-stream" })
                {
                    return answer.StatusCode == HttpStatusCode.TooManyRequests
                        ? Finding.Warns("Stream", "Too many of this person's are open already.", "Close pages or `carillon watch`, and look again.")
                        : Finding.Fails("Stream", $"/events answers {(int)answer.StatusCode} instead of a stream.", "Let the proxy hand /events on as it is: docs/operate/proxy.md");
                }

                await using var stream = await answer.Content.ReadAsStreamAsync(within);
                return await stream.ReadAsync(new byte[256], within) == 0
                    ? Finding.Fails("Stream", "/events ends at once.", "Let the proxy hand /events on as it is: docs/operate/proxy.md")
                    : Finding.Ok("Stream", string.Create(CultureInfo.InvariantCulture, $"Events arrive; the first took {terminal.Time.GetElapsedTime(begin).TotalMilliseconds:0} ms."));
            }, cancel);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return Finding.Fails(
                "Stream", $"Nothing of /events arrived within {Seconds(DoctorCommand.Patience)}: a proxy keeps it back.",
                "nginx: `proxy_buffering off; gzip off;` for /events. Caddy: `flush_interval -1`. More in docs/operate/proxy.md");
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            return Finding.Fails("Stream", $"/events broke: {error.Message}", "Let the proxy hand /events on as it is: docs/operate/proxy.md");
        }
    }

    private static async Task<Finding> SocketAsync(Terminal terminal, HttpClient http, CancellationToken cancel)
    {
        using var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol(ChatRequests.Subprotocol);
        socket.Options.SetRequestHeader("Authorization", http.DefaultRequestHeaders.Authorization!.ToString());
        socket.Options.CollectHttpResponseDetails = true;
        if (http.BaseAddress!.IsLoopback)
        {
            // As the other requests: a proxy of the environment does not reach this machine's loopback.
            socket.Options.Proxy = null;
        }

        var at = new Uri(http.BaseAddress, "chat/ws");
        var place = new UriBuilder(at) { Scheme = at.Scheme == Uri.UriSchemeHttps ? "wss" : "ws" }.Uri;
        try
        {
            await DoctorCommand.InTimeAsync(terminal, async within =>
            {
                await socket.ConnectAsync(place, within);
                return true;
            }, cancel);
            return Finding.Ok("Sockets", "WebSockets pass.");
        }
        catch (Exception error) when (error is WebSocketException || (error is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            const string Remedy = "nginx: `proxy_http_version 1.1`, and hand Upgrade and Connection on, for /chat/ws. More in docs/operate/proxy.md";
            return socket.HttpStatusCode switch
            {
                HttpStatusCode.TooManyRequests => Finding.Warns("Sockets", "Too many of this person's are open already.", "Close pages, and look again."),
                0 => Finding.Fails("Sockets", $"/chat/ws does not become a WebSocket within {Seconds(DoctorCommand.Patience)}. The page cannot show conversations.", Remedy),
                var status => Finding.Fails("Sockets", $"/chat/ws answers {(int)status} and does not become a WebSocket. The page cannot show conversations.", Remedy),
            };
        }
    }

    private static SetupState? SetupOf(string body) => Read(() => JsonSerializer.Deserialize(body, CarillonJson.Lenient.SetupState));

    private static CurrentPerson? PersonOf(string body) => Read(() => JsonSerializer.Deserialize(body, CarillonJson.Lenient.CurrentPerson));

    private static T? Read<T>(Func<T?> read)
        where T : class
    {
        try
        {
            return read();
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0} s");

    private static string Day(DateTimeOffset time) => time.UtcDateTime.ToString("'on' yyyy-MM-dd 'at' HH:mm 'UTC'", CultureInfo.InvariantCulture);
}
