using System.Globalization;

namespace Carillon.Load;

/// <summary>What the command line asks for cannot be done as written.</summary>
internal sealed class UsageException(string message) : Exception(message);

/// <summary><c>--name value</c> pairs; what follows a bare <c>--</c> is kept as it is.</summary>
internal sealed class Arguments
{
    private readonly Dictionary<string, string> values = [];
    private readonly HashSet<string> read = [];

    public Arguments(ReadOnlySpan<string> words)
    {
        var at = 0;
        for (; at < words.Length && words[at] != "--"; at += 2)
        {
            if (!words[at].StartsWith("--", StringComparison.Ordinal) || at + 1 == words.Length)
            {
                throw new UsageException($"--name value expected at '{words[at]}'");
            }

            values[words[at][2..]] = words[at + 1];
        }

        Rest = at < words.Length ? words[(at + 1)..].ToArray() : [];
    }

    public IReadOnlyList<string> Rest { get; }

    public string Text(string name) => Find(name) ?? throw new UsageException($"--{name} is missing");

    public string? Find(string name)
    {
        read.Add(name);
        return values.GetValueOrDefault(name);
    }

    public int Count(string name, int otherwise) => Find(name) is { } text
        ? int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw new UsageException($"--{name} is not a number")
        : otherwise;

    public TimeSpan Seconds(string name, double otherwise) => TimeSpan.FromSeconds(
        Find(name) is { } text
            ? double.TryParse(text, CultureInfo.InvariantCulture, out var number) && number is >= 0 and <= 3_600
                ? number
                : throw new UsageException($"--{name} is not a number of seconds up to 3600")
            : otherwise);

    /// <summary>Call it when all options were read: a misspelt one must not be ignored.</summary>
    public void RefuseOthers()
    {
        if (values.Keys.FirstOrDefault(name => !read.Contains(name)) is { } unknown)
        {
            throw new UsageException($"--{unknown} is not an option of this command");
        }
    }
}
