using System.Data.Common;

namespace Carillon.Storage;

/// <summary>The few things that SQLite and PostgreSQL do differently.</summary>
internal abstract class Dialect
{
    public static Dialect For(string connection, string dataFolder) =>
        connection.Contains("Host=", StringComparison.OrdinalIgnoreCase)
            ? new PostgresDialect(connection)
            : new SqliteDialect(connection, dataFolder);

    /// <summary>Names the folder of migrations and what an operator reads in the log.</summary>
    public abstract string Name { get; }

    /// <summary>Where the database is, for an operator who looks for it.</summary>
    public abstract string Place { get; }

    /// <summary>Whether a database of ours is there. Looking makes none.</summary>
    public abstract Task<bool> ExistsAsync(CancellationToken cancel);

    /// <summary>Begins a transaction that no other writer can overlap, on any node.</summary>
    public abstract string BeginWrite { get; }

    /// <summary>Begins a read of one unchanging state.</summary>
    public abstract string BeginSnapshot { get; }

    /// <summary>True when no other process serves the same database.</summary>
    public virtual bool IsAlone => false;

    /// <summary>Keeps other servers from the same database until it is released; null where many may serve it.</summary>
    /// <exception cref="InvalidOperationException">Another process serves it.</exception>
    public virtual IDisposable? BeginServing(TimeProvider time) => null;

    /// <summary>Runs before each commit that appended changes; null when no other process has to be told.</summary>
    public virtual string? RingOtherNodes => null;

    /// <summary>Whether the error says that the database is away, full or held by somebody else, and nothing about what was asked of it.</summary>
    public abstract bool IsAway(Exception error);

    /// <summary>Whether it says that another process held the write lock for too long, in either database's words.</summary>
    public static bool IsHeld(Exception error) => PostgresDialect.IsLockTimeOut(error) || SqliteDialect.IsBusy(error);

    /// <summary>The name of the nth parameter, which stands as <c>$n</c> in every SQL text.</summary>
    public abstract string ParameterName(int position);

    /// <summary>A connection for short reads, from a pool.</summary>
    public abstract DbConnection CreateReader();

    /// <summary>The connection of the one writer.</summary>
    public abstract DbConnection CreateWriter();

    /// <summary>Settings that a new connection needs; null when there are none.</summary>
    public virtual string? OnWriterOpen => null;

    /// <summary>What the transaction of the migrations needs besides; null when there is nothing.</summary>
    public virtual string? OnMigration => null;

    /// <summary>Reads the whole database and says "ok", or what is broken; null where the database server looks after itself.</summary>
    public virtual string? IntegrityCheck => null;

    /// <summary>Waits until another node commits, rings, and waits again. Returns at once where there are no other nodes.</summary>
    public virtual Task ListenAsync(Action ring, CancellationToken cancel) => Task.CompletedTask;

    /// <summary>Releases pooled connections.</summary>
    public virtual ValueTask CloseAsync() => ValueTask.CompletedTask;
}
