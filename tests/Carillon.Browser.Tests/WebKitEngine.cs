using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Carillon;

/// <summary>WebKitGTK, which is made of what Safari is made of, driven by classic WebDriver: https://w3c.github.io/webdriver/.</summary>
public sealed class WebKitEngine : Engine
{
    private const string Driver = "/usr/bin/WebKitWebDriver";
    private const string Xvfb = "/usr/bin/Xvfb";

    private BrowserProcess? _screen;
    private BrowserProcess? _driver;
    private HttpClient? _client;
    private string? _browser;

    public override async ValueTask InitializeAsync()
    {
        _browser = FindBrowser();
        if (_browser is null || !File.Exists(Driver) || !File.Exists(Xvfb))
        {
            return;
        }

        // It has no mode without a screen.
        _screen = new BrowserProcess(Xvfb, _ => ["-displayfd", "1", "-screen", "0", "1280x1024x24", "-nolisten", "tcp"]);
        var display = $":{await _screen.ToldAsync()}";
        var port = FreePort();
        _driver = new BrowserProcess(Driver, _ => [$"--port={port}"], display: display);
        _client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/"), Timeout = Patience };
    }

    public override async ValueTask DisposeAsync()
    {
        _client?.Dispose();
        foreach (var process in new[] { _driver, _screen })
        {
            if (process is not null)
            {
                await process.DisposeAsync();
            }
        }

        await base.DisposeAsync();
    }

    internal override async Task<Window> OpenAsync()
    {
        if (_client is null)
        {
            Missing.Report("WebKitGTK or a screen for it is not installed; apt-get install webkit2gtk-driver xvfb");
        }

        var driver = new WebDriver(_client);
        await driver.BeginAsync(new() { ["webkitgtk:browserOptions"] = new JsonObject { ["binary"] = _browser, ["args"] = new JsonArray("--automation") } });
        return new WebKitWindow(driver);
    }

    private static string? FindBrowser() =>
        Directory.Exists("/usr/lib")
            ? Directory.EnumerateDirectories("/usr/lib", "*-linux-gnu")
                .SelectMany(folder => Directory.EnumerateDirectories(folder, "webkit2gtk-4.*"))
                .Select(folder => Path.Combine(folder, "MiniBrowser"))
                .FirstOrDefault(File.Exists)
            : null;

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private sealed class WebKitWindow(WebDriver driver) : Window
    {
        private bool _isUsed;

        public override async Task<Tab> OpenTabAsync()
        {
            // There is one from the start.
            var handle = _isUsed
                ? (string)(await driver.SendAsync(HttpMethod.Post, "window/new", new() { ["type"] = "tab" }))!["handle"]!
                : (string)(await driver.SendAsync(HttpMethod.Get, "window"))!;
            _isUsed = true;
            return new WebKitTab(driver, handle);
        }

        public override async ValueTask DisposeAsync() => await driver.EndAsync();
    }

    private sealed class WebKitTab(WebDriver driver, string handle) : Tab
    {
        public override Task GoAsync(Uri address) => SendAsync(HttpMethod.Post, "url", new() { ["url"] = address.AbsoluteUri });

        public override Task ReloadAsync() => SendAsync(HttpMethod.Post, "refresh", []);

        public override Task CloseAsync() => SendAsync(HttpMethod.Delete, "window");

        public override async Task<string> AskAsync(string expression)
        {
            var script = $"const tell = arguments[0]; (async () => {{ {Answer(expression)} }})().then(tell, error => tell(`failed: ${{error}}`));";
            return (string)(await SendAsync(HttpMethod.Post, "execute/async", new() { ["script"] = script, ["args"] = new JsonArray() }))!;
        }

        protected override async Task ClickShownAsync(string selector) =>
            await driver.SendAsync(HttpMethod.Post, $"element/{await FindAsync(selector)}/click", []);

        protected override async Task TypeShownAsync(string selector, string text) =>
            await driver.SendAsync(HttpMethod.Post, $"element/{await FindAsync(selector)}/value", new() { ["text"] = text });

        private async Task<string> FindAsync(string selector)
        {
            var found = await SendAsync(HttpMethod.Post, "element", new() { ["using"] = "css selector", ["value"] = selector });
            // The one member has the name that the standard gives to elements.
            return (string)found!.AsObject().Single().Value!;
        }

        private async Task<JsonNode?> SendAsync(HttpMethod method, string path, JsonObject? body = null)
        {
            // Commands go to the tab that was chosen last.
            await driver.SendAsync(HttpMethod.Post, "window", new() { ["handle"] = handle });
            return await driver.SendAsync(method, path, body);
        }
    }

    /// <summary>A session of classic WebDriver.</summary>
    private sealed class WebDriver(HttpClient client)
    {
        private string _session = "";

        public async Task BeginAsync(JsonObject capabilities)
        {
            var made = await SendAsync(HttpMethod.Post, "session", new() { ["capabilities"] = new JsonObject { ["alwaysMatch"] = capabilities } });
            _session = $"session/{(string)made!["sessionId"]!}/";
        }

        public async Task EndAsync() => await SendAsync(HttpMethod.Delete, "");

        public async Task<JsonNode?> SendAsync(HttpMethod method, string path, JsonObject? body = null)
        {
            using var request = new HttpRequestMessage(method, (_session + path).TrimEnd('/'));
            if (body is not null)
            {
                request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
            }

            using var answer = await client.SendAsync(request);
            var value = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["value"];
            return answer.IsSuccessStatusCode ? value : throw new InvalidOperationException($"{path}: {value?["error"]}: {value?["message"]}");
        }
    }
}
