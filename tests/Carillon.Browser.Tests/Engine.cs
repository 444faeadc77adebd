using System.Diagnostics;

namespace Carillon;

/// <summary>What people's browsers are made of. The smoke tests run on each engine; all else that the page does is tested on one.</summary>
public abstract class Engine : IAsyncLifetime
{
    /// <summary>How long an engine may take for one thing. A tab that does not answer by then is frozen.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public virtual ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public virtual async ValueTask DisposeAsync()
    {
        await ValueTask.CompletedTask;
        GC.SuppressFinalize(this);
    }

    /// <summary>Opens a browser whose tabs share a sign-in with each other and with nobody else.</summary>
    internal abstract Task<Window> OpenAsync();
}

/// <summary>The tabs of one person.</summary>
internal abstract class Window : IAsyncDisposable
{
    /// <summary>Opens one more tab, in front of the others.</summary>
    public abstract Task<Tab> OpenTabAsync();

    public abstract ValueTask DisposeAsync();
}

/// <summary>A tab, with what every engine can do. Elements are named by CSS selectors and waited for.</summary>
internal abstract class Tab
{
    /// <summary>Loads an address, to the end of its scripts and styles.</summary>
    public abstract Task GoAsync(Uri address);

    public abstract Task ReloadAsync();

    public abstract Task CloseAsync();

    /// <summary>Clicks as a person does, in the middle of what is to be seen.</summary>
    public async Task ClickAsync(string selector)
    {
        // Into view by hand: WebKit's driver calls a button not interactable that lies below the edge.
        await ExpectAsync($"(found => {{ found?.scrollIntoView({{ block: 'nearest' }}); return found?.getClientRects().length; }})(document.querySelector(`{selector}`))");
        await ClickShownAsync(selector);
    }

    /// <summary>Types into an empty field, letter by letter.</summary>
    public async Task TypeAsync(string selector, string text)
    {
        await ClickAsync(selector);
        await TypeShownAsync(selector, text);
    }

    /// <summary>Waits until a JavaScript expression, or the promise that it gives, is true.</summary>
    public async Task ExpectAsync(string expression)
    {
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        var clock = Stopwatch.StartNew();
        while (await AskAsync($"Boolean(await ({expression}))") != "true")
        {
            if (clock.Elapsed > Engine.Patience)
            {
                Assert.Fail($"This did not become true: {expression}\n{await AskAsync("location.href + ' ' + document.body.innerText")}");
            }

            await look.WaitForNextTickAsync();
        }
    }

    /// <summary>What a JavaScript expression that may await gives, as text.</summary>
    public abstract Task<string> AskAsync(string expression);

    protected abstract Task ClickShownAsync(string selector);

    protected abstract Task TypeShownAsync(string selector, string text);

    /// <summary>The body of an async function that answers with an expression.</summary>
    protected static string Answer(string expression) => $"return String({expression});";
}
