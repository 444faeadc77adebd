using System.Text;

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

    /// <summary>When the event happened that the program was started for, as near as the machine knows.</summary>
    public required Func<DateTimeOffset> Begun { get; init; }

    /// <summary>Starts this program once more, with these arguments, to go on after we have ended; false when that is not possible.</summary>
    public required Func<IReadOnlyList<string>, bool> Detach { get; init; }

    /// <summary>Asks whoever sits at the terminal for a line; null when standard input is no terminal.</summary>
    public Func<string, string?>? Ask { get; init; }

    /// <summary>Asks whoever sits at the terminal for a line that is not shown; null when standard input is no terminal.</summary>
    public Func<string, string?>? AskUnseen { get; init; }

    public static Terminal Real() => new()
    {
        OpenInput = Console.OpenStandardInput,
        OpenOutput = OpenStandardOutput,
        Output = Console.Out,
        Error = Console.Error,
        Variable = name => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null,
        Begun = Detached.ThisBegan,
        Detach = Detached.Start,
        Ask = Console.IsInputRedirected ? null : Read,
        AskUnseen = Console.IsInputRedirected ? null : ReadUnseen,
    };

    /// <summary>One line on standard error, whatever is in the text: a server's answer must not drive the terminal.</summary>
    public void Say(string line) => Error.WriteLine($"carillon: {OneLine.Of(line, 500)}");

    private static string? Read(string question)
    {
        Console.Error.Write(question);
        return Console.ReadLine();
    }

    private static string? ReadUnseen(string question)
    {
        Console.Error.Write(question);
        var text = new StringBuilder();
        while (true)
        {
            var key = Console.ReadKey(intercept: true);
            switch (key.Key)
            {
                case ConsoleKey.Enter:
                    Console.Error.WriteLine();
                    return text.ToString();
                case ConsoleKey.Backspace:
                    text.Length = Math.Max(0, text.Length - 1);
                    break;
                case var _ when key.KeyChar is '\u0004':
                    Console.Error.WriteLine();
                    return null;
                case var _ when !char.IsControl(key.KeyChar):
                    text.Append(key.KeyChar);
                    break;
            }
        }
    }

    // The console's own stream swallows EPIPE, so that `carillon watch | head` would never learn that nobody reads.
    private static Stream OpenStandardOutput() => OperatingSystem.IsWindows()
        ? Console.OpenStandardOutput()
        : new FileStream(new Microsoft.Win32.SafeHandles.SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
}
