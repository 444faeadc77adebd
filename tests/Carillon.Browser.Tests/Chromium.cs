using Carillon;

[assembly: AssemblyFixture(typeof(Chromium))]

namespace Carillon;

/// <summary>The machine's Chromium, one for all tests; each test opens contexts of its own, which share nothing.</summary>
public sealed class Chromium : IAsyncLifetime
{
    private static readonly string[] WholePrograms = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    // The same engine without the windows around it, which nobody sees here: a quarter less work.
    private static readonly string[] Programs = ["/usr/bin/chromium-headless-shell", .. WholePrograms];

    private string? _program;
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    internal IBrowser Browser
    {
        get
        {
            if (_browser is null)
            {
                Missing.Report("chromium is not installed; apt-get install chromium");
            }

            return _browser;
        }
    }

    public async ValueTask InitializeAsync()
    {
        // What is right comes, though on a busy machine not within Playwright's five seconds: a server starts, and a page that was cut off
        // may be in its longest pause, of thirty, before it tries again.
        SetDefaultExpectTimeout(45_000);
        if (Programs.FirstOrDefault(File.Exists) is not { } program)
        {
            return;
        }

        _playwright = await Playwright.CreateAsync();
        _program = program;
        _browser = await LaunchAsync([]);
    }

    // The popup of the address bar, which nobody sees here, is a page of its own in every window: two thirds of what a test's window costs.
    // Chromium heeds only the last such list, so those that Playwright names and a test could notice are named again.
    private static readonly string[] WithoutFeatures =
    [
        "WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup",
        "AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "DialMediaRouteProvider", "GlobalMediaControls", "HttpsUpgrades",
        "LensOverlay", "MediaRouter", "PaintHolding", "ThirdPartyStoragePartitioning", "Translate", "OptimizationHints",
    ];

    /// <summary>A browser of somebody who has set something in it that a context cannot, such as large letters. Who asks for it closes it.</summary>
    internal Task<IBrowser> LaunchAsync(string[] settings, params string[] withoutDefaults) => LaunchAsync(_program!, settings, withoutDefaults);

    /// <summary>The browser as people have it. Who asks for it closes it.</summary>
    internal Task<IBrowser> LaunchWholeAsync()
    {
        var program = WholePrograms.FirstOrDefault(File.Exists);
        if (program is null)
        {
            Missing.Report("chromium is not installed; apt-get install chromium");
        }

        return LaunchAsync(program, []);
    }

    private Task<IBrowser> LaunchAsync(string program, string[] settings, params string[] withoutDefaults) =>
        _playwright!.Chromium.LaunchAsync(new()
        {
            ExecutablePath = program,
            IgnoreDefaultArgs = withoutDefaults,
            Args =
            [
                "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--disable-sync", $"--disable-features={string.Join(',', WithoutFeatures)}", .. settings,
            ],
        });

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.CloseAsync();
        }

        _playwright?.Dispose();
    }
}
