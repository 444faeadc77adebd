namespace Carillon.WebPush;

/// <summary>Gives one character for ever and counts what was taken. After <paramref name="stallsAfter"/> bytes it gives no more and does not end.</summary>
internal sealed class EndlessStream(int stallsAfter = int.MaxValue) : Stream
{
    private readonly TaskCompletionSource _stalled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public int Taken { get; private set; }

    public Task Stalled => _stalled.Task;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => Taken;
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (Taken >= stallsAfter)
        {
            _stalled.TrySetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }

        // A reader without a limit fails here, instead of filling the memory.
        Assert.True(Taken < 1_000_000);

        // In pieces, as a network gives them.
        var length = Math.Min(Math.Min(buffer.Length, 1_000), stallsAfter - Taken);
        buffer.Span[..length].Fill((byte)'x');
        Taken += length;
        return length;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
