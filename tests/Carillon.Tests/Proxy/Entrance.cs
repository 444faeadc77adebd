namespace Carillon.Proxy;

/// <summary>Carillon behind the shipped Caddyfile, started once for the tests of a class.</summary>
public sealed class Entrance : IAsyncDisposable
{
    private readonly SemaphoreSlim _opening = new(1);
    private CarillonServer? _carillon;
    private Caddy? _caddy;

    internal CarillonServer Carillon => _carillon!;

    internal Caddy Caddy => _caddy!;

    /// <summary>Here and not at the start, so that a test can be skipped where there is no Caddy.</summary>
    public async Task OpenAsync()
    {
        await _opening.WaitAsync();
        try
        {
            _carillon ??= await CarillonServer.StartAsync(TestDatabase.Embedded);
            _caddy ??= await Caddy.StartAsync(_carillon.Url);
        }
        finally
        {
            _opening.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _opening.Dispose();
        if (_caddy is not null)
        {
            await _caddy.DisposeAsync();
        }

        if (_carillon is not null)
        {
            await _carillon.DisposeAsync();
        }
    }
}
