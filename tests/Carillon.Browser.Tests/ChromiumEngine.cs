namespace Carillon;

/// <summary>Chromium as people have it. The other tests use its engine alone.</summary>
public sealed class ChromiumEngine(Chromium chromium) : Engine
{
    private IBrowser? _browser;

    internal override async Task<Window> OpenAsync() => new ChromiumWindow(await (_browser ??= await chromium.LaunchWholeAsync()).NewContextAsync());

    public override async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.CloseAsync();
        }

        await base.DisposeAsync();
    }

    private sealed class ChromiumWindow(IBrowserContext context) : Window
    {
        public override async Task<Tab> OpenTabAsync() => new ChromiumTab(await context.NewPageAsync());

        public override async ValueTask DisposeAsync() => await context.CloseAsync();
    }

    private sealed class ChromiumTab(IPage page) : Tab
    {
        public override Task GoAsync(Uri address) => page.GotoAsync(address.AbsoluteUri);

        public override Task ReloadAsync() => page.ReloadAsync();

        public override Task CloseAsync() => page.CloseAsync();

        public override Task<string> AskAsync(string expression) =>
            page.EvaluateAsync<string>($"async () => {{ {Answer(expression)} }}").WaitAsync(Engine.Patience);

        protected override Task ClickShownAsync(string selector) => page.Locator(selector).ClickAsync();

        protected override Task TypeShownAsync(string selector, string text) => page.Locator(selector).PressSequentiallyAsync(text);
    }
}
