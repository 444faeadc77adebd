using System.Text.Json.Nodes;

namespace Carillon;

/// <summary>The machine's Firefox, driven by WebDriver BiDi: https://w3c.github.io/webdriver-bidi/.</summary>
public sealed class FirefoxEngine : Engine
{
    private static readonly string[] Programs = ["/usr/bin/firefox-esr", "/usr/bin/firefox"];

    // Nothing is fetched from anywhere, and nothing opens by itself.
    private const string Preferences =
        """
        user_pref("app.normandy.enabled", false);
        user_pref("browser.aboutwelcome.enabled", false);
        user_pref("browser.shell.checkDefaultBrowser", false);
        user_pref("network.captive-portal-service.enabled", false);
        user_pref("network.connectivity-service.enabled", false);
        user_pref("network.dns.disabled", true);
        user_pref("services.settings.server", "http://127.0.0.1:9/");
        user_pref("toolkit.telemetry.server", "");
        """;

    private BrowserProcess? _firefox;
    private BiDi? _bidi;

    public override async ValueTask InitializeAsync()
    {
        if (Programs.FirstOrDefault(File.Exists) is not { } program)
        {
            return;
        }

        _firefox = new BrowserProcess(
            program,
            home =>
            {
                File.WriteAllText(Path.Combine(home, "user.js"), Preferences);
                return ["--headless", "--no-remote", "--profile", home, "--remote-debugging-port=0", "about:blank"];
            },
            "WebDriver BiDi listening on ");
        _bidi = await BiDi.ConnectAsync(new Uri($"{await _firefox.ToldAsync()}/session"));
    }

    public override async ValueTask DisposeAsync()
    {
        _bidi?.Dispose();
        if (_firefox is not null)
        {
            await _firefox.DisposeAsync();
        }

        await base.DisposeAsync();
    }

    internal override async Task<Window> OpenAsync()
    {
        if (_bidi is null)
        {
            Missing.Report("Firefox is not installed; apt-get install firefox-esr");
        }

        var made = await _bidi.SendAsync("browser.createUserContext", []);
        return new FirefoxWindow(_bidi, (string)made["userContext"]!);
    }

    private sealed class FirefoxWindow(BiDi bidi, string userContext) : Window
    {
        public override async Task<Tab> OpenTabAsync()
        {
            var made = await bidi.SendAsync("browsingContext.create", new() { ["type"] = "tab", ["userContext"] = userContext });
            return new FirefoxTab(bidi, (string)made["context"]!);
        }

        public override async ValueTask DisposeAsync() =>
            await bidi.SendAsync("browser.removeUserContext", new() { ["userContext"] = userContext });
    }

    private sealed class FirefoxTab(BiDi bidi, string context) : Tab
    {
        public override Task GoAsync(Uri address) => SendAsync("browsingContext.navigate", new() { ["url"] = address.AbsoluteUri, ["wait"] = "complete" });

        public override Task ReloadAsync() => SendAsync("browsingContext.reload", new() { ["wait"] = "complete" });

        public override Task CloseAsync() => SendAsync("browsingContext.close", []);

        public override async Task<string> AskAsync(string expression) => (string)(await CallAsync($"async () => {{ {Answer(expression)} }}"))["value"]!;

        protected override async Task ClickShownAsync(string selector)
        {
            var element = await CallAsync($"() => document.querySelector(`{selector}`)");
            var middle = new JsonObject { ["type"] = "element", ["element"] = new JsonObject { ["sharedId"] = (string)element["sharedId"]! } };
            await ActAsync(
                "pointer",
                new() { ["type"] = "pointerMove", ["x"] = 0, ["y"] = 0, ["origin"] = middle },
                new() { ["type"] = "pointerDown", ["button"] = 0 },
                new() { ["type"] = "pointerUp", ["button"] = 0 });
        }

        protected override Task TypeShownAsync(string selector, string text) =>
            ActAsync("key", [.. text.SelectMany(letter => (IEnumerable<JsonObject>)[Key("keyDown", letter), Key("keyUp", letter)])]);

        private static JsonObject Key(string type, char letter) => new() { ["type"] = type, ["value"] = $"{letter}" };

        private Task<JsonNode> ActAsync(string device, params JsonObject[] actions) =>
            SendAsync("input.performActions", new() { ["actions"] = new JsonArray(new JsonObject { ["type"] = device, ["id"] = device, ["actions"] = new JsonArray(actions) }) });

        private async Task<JsonNode> CallAsync(string function)
        {
            var answer = await bidi.SendAsync("script.callFunction", new()
            {
                ["functionDeclaration"] = function,
                ["awaitPromise"] = true,
                ["target"] = new JsonObject { ["context"] = context },
            });
            return answer["result"] ?? throw new InvalidOperationException(answer.ToJsonString());
        }

        private Task<JsonNode> SendAsync(string method, JsonObject parameters)
        {
            parameters["context"] = context;
            return bidi.SendAsync(method, parameters);
        }
    }
}
