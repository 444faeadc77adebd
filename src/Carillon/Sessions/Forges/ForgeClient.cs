using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using Carillon.Http;

namespace Carillon.Sessions.Forges;

/// <summary>
/// Asks one forge. Its token goes to the configured address and nowhere else: no redirect is followed, and no page that lies
/// elsewhere. What comes back is limited in time, in size and in pages, and whatever goes wrong becomes a <see cref="ForgeException"/>.
/// </summary>
internal sealed partial class ForgeClient : IDisposable
{
    /// <summary>As many entries as one page asks for. GitHub's checks may carry 128 KiB of text each.</summary>
    public const int PageSize = 50;

    // What has more than a thousand checks or reviews is refused: its last page may hold the one that matters.
    private const int MostPages = 20;
    private const int LargestAnswer = 8 * 1024 * 1024;
    private const int LongestReason = 200;

    private readonly HttpClient _http;
    private readonly ILogger _log;
    private readonly ForgeOptions _options;
    private readonly string _setting;
    private readonly TimeProvider _time;
    private readonly TimeSpan _timeLimit;
    private readonly string _title;

    /// <param name="title">What people call the forge; its settings have the same name.</param>
    /// <param name="mediaType">What it is asked to answer with.</param>
    public ForgeClient(string title, string mediaType, ForgeOptions options, TimeSpan timeLimit, TimeProvider time, ILogger log)
    {
        (_title, _setting, _options, _timeLimit, _time, _log) = (title, $"{ForgesOptions.Section}:{title}", options, timeLimit, time, log);
        _http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        })
        {
            MaxResponseContentBufferSize = LargestAnswer,
            Timeout = Timeout.InfiniteTimeSpan,
        };
        _http.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue(mediaType));
        _http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("carillon", null));
        if (options.Token is { Length: > 0 } token)
        {
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }
    }

    public HttpRequestHeaders Headers => _http.DefaultRequestHeaders;

    /// <summary>What keeps this server from asking; null when nothing does.</summary>
    public string? Objection(string projectId, PullRequestName name) =>
        _options.Token is not { Length: > 0 } ? $"This server has no token for {_title}; its operator sets {_setting}:Token."
        : !_options.Lists(projectId, name) ? $"Merging in {name.Owner}/{name.Repo} is not allowed for the project {projectId}; its operator lists it under {_setting}:Repositories:{projectId}."
        : null;

    /// <summary>Does something that may take several requests, all within the one limit of time.</summary>
    public async Task<T> WithinLimitAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancel)
    {
        using var limit = new CancellationTokenSource(_timeLimit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, limit.Token);
        try
        {
            return await work(either.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new ForgeException($"{_title} did not answer within {_timeLimit.TotalSeconds:0.#} seconds.", isUnreachable: true);
        }
        catch (HttpRequestException error) when (error.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded)
        {
            throw new ForgeException($"{_title}'s answer is larger than {LargestAnswer / 1024 / 1024} MiB.", isUnreachable: false, error);
        }
        catch (HttpRequestException error)
        {
            LogUnreachable(error, _title);
            throw new ForgeException($"{_title} cannot be reached.", isUnreachable: true, error);
        }
        catch (JsonException error)
        {
            LogNotUnderstood(error, _title);
            throw new ForgeException($"{_title} gave an answer that this server does not understand.", isUnreachable: true, error);
        }
    }

    public async Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancel)
        where T : class
    {
        using var answer = await AskAsync(HttpMethod.Get, AddressOf(path), null, cancel);
        return await ReadAsync(answer, type, cancel);
    }

    /// <summary>Every page of a list, by the <c>Link</c> headers.</summary>
    public async Task<List<T>> GetPagesAsync<T>(string path, JsonTypeInfo<T> type, string entries, CancellationToken cancel)
        where T : class
    {
        var pages = new List<T>();
        for (var address = AddressOf($"{path}?per_page={PageSize}"); address is not null;)
        {
            if (pages.Count == MostPages)
            {
                throw new ForgeException($"{_title} has more than {MostPages * PageSize} {entries} of it, too many to look at each. Merge it there.", isUnreachable: false);
            }

            using var answer = await AskAsync(HttpMethod.Get, address, null, cancel);
            pages.Add(await ReadAsync(answer, type, cancel));
            address = NextOf(answer, address);
        }

        return pages;
    }

    public async Task<T> PutAsync<TBody, T>(string path, TBody body, JsonTypeInfo<TBody> bodyType, JsonTypeInfo<T> type, CancellationToken cancel)
        where T : class
    {
        using var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body, bodyType));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var answer = await AskAsync(HttpMethod.Put, AddressOf(path), content, cancel);
        return await ReadAsync(answer, type, cancel);
    }

    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> AskAsync(HttpMethod method, Uri address, HttpContent? content, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(method, address) { Content = content };
        var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseContentRead, cancel);
        if (answer.IsSuccessStatusCode)
        {
            return answer;
        }

        using (answer)
        {
            throw await FailureAsync(answer, cancel);
        }
    }

    private async Task<ForgeException> FailureAsync(HttpResponseMessage answer, CancellationToken cancel)
    {
        var status = answer.StatusCode;
        var isLimited = status == HttpStatusCode.TooManyRequests || (status == HttpStatusCode.Forbidden
            && (answer.Headers.RetryAfter is not null || (answer.Headers.TryGetValues("x-ratelimit-remaining", out var left) && left.Contains("0"))));
        if (isLimited)
        {
            return new ForgeException($"{_title} answers this server no more for now. Try again later.", isUnreachable: true);
        }

        if ((int)status >= 500)
        {
            return new ForgeException($"{_title} answered {(int)status}. Try again later.", isUnreachable: true);
        }

        var reason = await ReasonAsync(answer, cancel);
        return new ForgeException(status switch
        {
            < HttpStatusCode.BadRequest => $"{_title} says that it moved. Report it under the name that it has now.",
            HttpStatusCode.Unauthorized => $"{_title} does not let this server in; its operator looks at {_setting}:Token.{reason}",
            HttpStatusCode.Forbidden => $"{_title} does not let this server's token do that.{reason}",
            HttpStatusCode.NotFound => $"{_title} does not know it, or this server's token does not reach it.{reason}",
            _ => $"{_title} refuses with {(int)status}.{reason}",
        }, isUnreachable: false);
    }

    /// <summary>The forge's own words, shortened to what can be shown as they are.</summary>
    private async Task<string> ReasonAsync(HttpResponseMessage answer, CancellationToken cancel)
    {
        try
        {
            using var document = JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync(cancel));
            var text = document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("message", out var message)
                && message.ValueKind == JsonValueKind.String
                ? string.Join(' ', message.GetString()!.Split((char[])['\n', '\r', '\t', ' '], StringSplitOptions.RemoveEmptyEntries))
                : string.Empty;
            return !PlainText.Is(text, int.MaxValue) || (_options.Token is { Length: > 0 } token && text.Contains(token, StringComparison.Ordinal)) ? string.Empty
                : text.Length > LongestReason ? $" It says: {text[..LongestReason]}…"
                : $" It says: {text}";
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // A page of a proxy in between, for example: the status says enough.
            return string.Empty;
        }
    }

    private Uri? NextOf(HttpResponseMessage answer, Uri address)
    {
        if (!answer.Headers.TryGetValues("Link", out var links)
            || links.SelectMany(link => LinkForm().Matches(link)).FirstOrDefault(link => link.Groups["rel"].Value.Split(' ').Contains("next")) is not { } next)
        {
            return null;
        }

        var wanted = new Uri(_options.BaseUrl);
        return Uri.TryCreate(address, next.Groups["url"].Value, out var url)
            && Uri.Compare(url, wanted, UriComponents.SchemeAndServer | UriComponents.UserInfo, UriFormat.Unescaped, StringComparison.OrdinalIgnoreCase) == 0
            ? url
            : throw new ForgeException($"{_title}'s next page is at another address than {_setting}:BaseUrl.", isUnreachable: false);
    }

    private static async Task<T> ReadAsync<T>(HttpResponseMessage answer, JsonTypeInfo<T> type, CancellationToken cancel)
        where T : class =>
        JsonSerializer.Deserialize(await answer.Content.ReadAsByteArrayAsync(cancel), type) ?? throw new JsonException("The answer is null");

    private Uri AddressOf(string path) => new($"{_options.BaseUrl.TrimEnd('/')}{path}");

    [GeneratedRegex("""<(?<url>[^>]*)>(?:\s*;\s*(?:rel="?(?<rel>[^";,]*)"?|[^;,]*))*""", RegexOptions.ExplicitCapture)]
    private static partial Regex LinkForm();

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Forge} cannot be reached")]
    private partial void LogUnreachable(Exception error, string forge);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Forge} sent an answer that Carillon does not understand")]
    private partial void LogNotUnderstood(Exception error, string forge);
}
