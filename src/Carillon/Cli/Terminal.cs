namespace Carillon.Cli;

/// <summary>What a command has around it: the three streams, the environment and the time.</summary>
internal sealed record Terminal
{
    public required Func<Stream> OpenInput { get; init; }

    /// <summary>For programs: bytes as they are, no buffer, and an exception when the reader has gone.</summary>
    public required Func<Stream> OpenOutput { get; init; }

    public required TextWriter Output { get; init; }

    public required TextWriter Error { get; init; }

    public required Func<string, string?> Variable { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public static Terminal Real() => new()
    {
        OpenInput = Console.OpenStandardInput,
        OpenOutput = OpenStandardOutput,
        Output = Console.Out,
        Error = Console.Error,
        Variable = name => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null,
    };

    /// <summary>One line on standard error, whatever is in the text: a server's answer must not drive the terminal.</summary>
    public void Say(string line) => Error.WriteLine($"carillon: {OneLine.Of(line, 500)}");

    // The console's own stream swallows EPIPE, so that `carillon watch | head` would never learn that nobody reads.
    private static Stream OpenStandardOutput() => OperatingSystem.IsWindows()
        ? Console.OpenStandardOutput()
        : new FileStream(new Microsoft.Win32.SafeHandles.SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
}
