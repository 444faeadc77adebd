using Carillon.Accounts;

namespace Carillon.Conversations;

/// <summary>A house for the tests of one class, with settings of their own.</summary>
public abstract class OwnHouse(bool postgres) : IAsyncLifetime
{
    private House? _house;

    internal House House => _house!;

    public async ValueTask InitializeAsync() => _house = await House.OpenAsync(postgres ? await TestDatabase.PostgresAsync() : TestDatabase.Embedded, Settings);

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return _house?.DisposeAsync() ?? ValueTask.CompletedTask;
    }

    private protected abstract Dictionary<string, string?> Settings { get; }
}
