namespace Carillon.Agents;

/// <summary>
/// Which of the server's variables a program gets: those that programs need to work at all, and those that an operator lists. Everything else
/// is none of its business; keys and passwords stand in the environment of servers.
/// </summary>
internal static class AgentEnvironment
{
    private static readonly string[] Always =
    [
        "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "LC_*", "TZ", "TERM", "TMPDIR", "TMP", "TEMP", "XDG_*",
        "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS", "DOTNET_ROOT*",

        // Without these nothing starts on Windows.
        "SystemRoot", "SystemDrive", "windir", "ComSpec", "PATHEXT", "USERNAME", "USERPROFILE", "HOMEDRIVE", "HOMEPATH", "APPDATA", "LOCALAPPDATA",
        "ProgramData", "ProgramFiles*", "CommonProgramFiles*", "NUMBER_OF_PROCESSORS", "PROCESSOR_*",
    ];

    // The server's own: its settings and secrets, its database, where it sends its telemetry.
    private static readonly string[] Never = ["CARILLON_", "PG", "OTEL_"];

    /// <summary>True when a program gets the variable. A pattern is a name, or the beginning of one and <c>*</c>.</summary>
    public static bool Passes(string name, IEnumerable<string> more) =>
        !Never.Any(own => name.StartsWith(own, StringComparison.OrdinalIgnoreCase)) && Always.Concat(more).Any(pattern => Matches(name, pattern));

    /// <summary>What is wrong with a pattern; null when it will do.</summary>
    public static string? Objection(string pattern)
    {
        var start = pattern.TrimEnd('*');
        return start is "" || pattern.Length - start.Length > 1 || start.Any(letter => !char.IsAsciiLetterOrDigit(letter) && letter is not ('_' or '(' or ')'))
                ? $"'{pattern}' is no name of a variable. Write a name, or its beginning and one *."
            : Never.Any(own => start.StartsWith(own, StringComparison.OrdinalIgnoreCase)
                || (start != pattern && own.StartsWith(start, StringComparison.OrdinalIgnoreCase)))
                ? $"'{pattern}' may not be passed on: variables that begin with {string.Join(", ", Never)} belong to the server."
            : null;
    }

    private static bool Matches(string name, string pattern) =>
        pattern.EndsWith('*') ? name.StartsWith(pattern[..^1], StringComparison.OrdinalIgnoreCase) : name.Equals(pattern, StringComparison.OrdinalIgnoreCase);
}
