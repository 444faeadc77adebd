using System.CommandLine;
using System.Net;
using System.Net.Http.Headers;
using Carillon.Protocol;

namespace Carillon.Cli;

/// <summary>A command stops here, with one line that says what to do.</summary>
internal sealed class CommandFailed(string line, Exception? cause = null) : Exception(line, cause)
{
    /// <summary>True when the same will fail again, however often it is tried.</summary>
    public bool IsFinal { get; init; }
}

/// <summary>Where the server is and who asks: what all remote commands share.</summary>
internal sealed class Remote
{
    private const string DefaultUrl = "http://127.0.0.1:7420";

    private readonly Terminal _terminal;

    private readonly Option<string?> _url = new("--url")
    {
        Description = $"The server's address. Else CARILLON_URL, else {DefaultUrl}.",
        HelpName = "URL",
    };

    private readonly Option<string?> _tokenFile = new("--token-file")
    {
        Description = "A file with the bearer token. Else CARILLON_TOKEN. There is no option for the token itself: "
            + "command lines can be read by everybody on the machine.",
        HelpName = ValueNames.File,
    };

    private Remote(Terminal terminal) => _terminal = terminal;

    /// <summary>The server and the token as a command line names them; null where the environment does.</summary>
    public sealed record Choice(string? Url, string? TokenFile)
    {
        /// <summary>What a program is started with that is to use the same address and token.</summary>
        public IReadOnlyList<string> Arguments =>
        [
            .. Url is { } url ? (string[])["--url", url] : [],
            .. TokenFile is { } file ? (string[])["--token-file", Path.GetFullPath(file)] : [],
        ];

        /// <summary>A client with address and token.</summary>
        /// <exception cref="CommandFailed">Either is missing or wrong.</exception>
        public HttpClient Connect(Terminal terminal, TimeSpan timeout)
        {
            var http = ConnectAsStranger(terminal, timeout);
            try
            {
                http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token(terminal, TokenFile));
                return http;
            }
            catch
            {
                http.Dispose();
                throw;
            }
        }

        /// <summary>A client with the address alone.</summary>
        /// <exception cref="CommandFailed">It is wrong.</exception>
        public HttpClient ConnectAsStranger(Terminal terminal, TimeSpan timeout) =>
            Open(Address(Url ?? terminal.Variable("CARILLON_URL") ?? DefaultUrl), timeout);
    }

    public static Remote AddTo(Command command, Terminal terminal)
    {
        var remote = new Remote(terminal);
        command.Add(remote._url);
        command.Add(remote._tokenFile);
        return remote;
    }

    /// <summary>A client with address and token.</summary>
    /// <exception cref="CommandFailed">Either is missing or wrong.</exception>
    public HttpClient Connect(ParseResult parsed, TimeSpan timeout) => Chosen(parsed).Connect(_terminal, timeout);

    /// <summary>What the options say.</summary>
    public Choice Chosen(ParseResult parsed) => new(parsed.GetValue(_url), parsed.GetValue(_tokenFile));

    private static HttpClient Open(Uri address, TimeSpan timeout)
    {
        var handler = new SocketsHttpHandler
        {
            // A redirect would be to another page of a proxy, never to the API: say so instead of following.
            AllowAutoRedirect = false,
            UseCookies = false,
            // Agents often run behind an http_proxy, which cannot reach this machine's loopback.
            UseProxy = !address.IsLoopback,
            ConnectTimeout = TimeSpan.FromSeconds(15),
        };
        return new HttpClient(handler) { BaseAddress = address, Timeout = timeout };
    }

    /// <summary>Runs the body of a command and turns what can go wrong into exit code 1 and one line.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="body">What is asked of the server.</param>
    /// <param name="project">The project that the body speaks of, so that a refusal can name it.</param>
    public async Task<int> RunAsync(ParseResult parsed, Func<HttpClient, Task> body, string? project = null)
    {
        try
        {
            using var http = Connect(parsed, TimeSpan.FromSeconds(30));
            try
            {
                await body(http);
                return 0;
            }
            catch (CarillonProblemException problem) when (problem.Code == "PROJECT_NOT_FOUND" && project is not null)
            {
                throw new CommandFailed($"{problem.Title}: '{project}' ({problem.Code}). Check --project and CARILLON_PROJECT, and that you see the project.");
            }
            catch (Exception error) when (Explain(error, http.BaseAddress!) is { } line)
            {
                throw new CommandFailed(line);
            }
        }
        catch (CommandFailed failed)
        {
            _terminal.Say(failed.Message);
            return 1;
        }
    }

    /// <summary>What an error means to the person at the terminal; null for those that should not happen.</summary>
    public static string? Explain(Exception error, Uri server) => error switch
    {
        CommandFailed failed => failed.Message,
        CarillonProblemException { Status: HttpStatusCode.Unauthorized } =>
            $"{server} does not accept the token. Make a new one with `carillon token create` and put it in CARILLON_TOKEN.",
        CarillonProblemException { RetryAfter: { } wait } problem =>
            $"{Words(problem)} Try again in {Math.Ceiling(wait.TotalSeconds)} seconds.",
        CarillonProblemException problem => Words(problem),
        HttpRequestException failed =>
            $"Cannot reach {server}: {failed.InnerException?.Message ?? failed.Message}. Is the server running? Set CARILLON_URL to its address.",
        OperationCanceledException => $"{server} did not answer in time.",
        IOException failed => $"The connection to {server} broke: {failed.Message}",
        _ => null,
    };

    // The title says what is wrong, the detail mostly what to do.
    private static string Words(CarillonProblemException problem) =>
        problem.Detail is { } detail && detail != problem.Title ? $"{problem.Title} ({problem.Code}). {detail}" : $"{problem.Title} ({problem.Code}).";

    private static Uri Address(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var address)
            || address.Scheme is not ("http" or "https") || address.Host.Length == 0
            || address.UserInfo.Length > 0 || address.Query.Length > 0 || address.Fragment.Length > 0)
        {
            throw new CommandFailed($"'{text}' is not a server's address. CARILLON_URL and --url want one like {DefaultUrl}.");
        }

        return address.AbsolutePath.EndsWith('/') ? address : new Uri(address.AbsoluteUri + "/");
    }

    private static string Token(Terminal terminal, string? file)
    {
        string? token;
        try
        {
            token = file is null ? terminal.Variable("CARILLON_TOKEN") : File.ReadAllText(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new CommandFailed($"Cannot read the token file: {error.Message}");
        }

        token = token?.Trim();
        if (string.IsNullOrEmpty(token))
        {
            throw new CommandFailed(
                "There is no token. Set CARILLON_TOKEN; `carillon token create --user NAME --scope publish` on the server makes one.");
        }

        // Never repeated in a message: it may be a secret of something else.
        return token.AsSpan().ContainsAnyExceptInRange('!', '~')
            ? throw new CommandFailed("The token contains characters that no token has. Set CARILLON_TOKEN to one that begins with car_.")
            : token;
    }
}
