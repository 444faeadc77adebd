using Microsoft.Extensions.Options;

namespace Carillon.Agents;

internal sealed class AgentsOptions
{
    public const string Section = "Agents";
    public const string NoSandbox = "none";
    public const string BubblewrapSandbox = "bubblewrap";

    /// <summary>Folders, as absolute paths, under which a session may be given a folder to work in. Without any, each session works in one of its own.</summary>
    public string[] Folders { get; set; } = [];

    /// <summary>Where sessions that were given no folder work, as an absolute path: each in a folder of its own. Absent: beside the data folder.</summary>
    public string Home { get; set; } = string.Empty;

    /// <summary>Variables of the server that programs get too, by name, or by the beginning of one and <c>*</c>. Never those that begin with <c>CARILLON_</c>, <c>PG</c> or <c>OTEL_</c>.</summary>
    public string[] Environment { get; set; } = [];

    /// <summary>Whether programs run in a cage: <c>none</c> or <c>bubblewrap</c>.</summary>
    public string Sandbox { get; set; } = NoSandbox;

    /// <summary>Files and folders that programs in a cage may read, as absolute paths, although they lie in the home folder for example.</summary>
    public string[] SandboxReadable { get; set; } = [];

    /// <summary>Files and folders that programs in a cage may write, as absolute paths.</summary>
    public string[] SandboxWritable { get; set; } = [];

    public DemoAgentOptions Demo { get; set; } = new();

    public ClaudeCodeAgentOptions ClaudeCode { get; set; } = new();

    public CommandAgentOptions Command { get; set; } = new();

    public OpenAIAgentOptions OpenAI { get; set; } = new();

    /// <summary>What a <c>Who</c> says; null when it says nothing that there is.</summary>
    public static Audience? AudienceOf(string who) => who.ToLowerInvariant() switch
    {
        "administrators" => Audience.Administrators,
        "everybody" => Audience.Everybody,
        _ => null,
    };
}

internal sealed class DemoAgentOptions
{
    public const string Section = $"{AgentsOptions.Section}:Demo";

    /// <summary>Who may use it: <c>administrators</c> or <c>everybody</c>.</summary>
    public string Who { get; set; } = "everybody";

    /// <summary>How long the demo agent takes for a word. Zero is as fast as possible.</summary>
    public TimeSpan Pause { get; set; } = TimeSpan.FromMilliseconds(25);
}

internal sealed class ClaudeCodeAgentOptions
{
    public const string Section = $"{AgentsOptions.Section}:ClaudeCode";

    /// <summary>Who may use it: <c>administrators</c> or <c>everybody</c>.</summary>
    public string Who { get; set; } = "administrators";

    /// <summary>The program: a name on the server's <c>PATH</c>, or an absolute path.</summary>
    public string Program { get; set; } = "claude";

    /// <summary>Arguments that come before Carillon's own, for example <c>--model</c> and <c>opus</c>.</summary>
    public string[] Arguments { get; set; } = [];

    /// <summary>How long one answer may take.</summary>
    public TimeSpan TimeLimit { get; set; } = TimeSpan.FromHours(1);
}

internal sealed class CommandAgentOptions
{
    public const string Section = $"{AgentsOptions.Section}:Command";

    /// <summary>Who may use it: <c>administrators</c> or <c>everybody</c>.</summary>
    public string Who { get; set; } = "administrators";

    /// <summary>The program: a name on the server's <c>PATH</c>, or an absolute path. Without one the agent is unavailable.</summary>
    public string Program { get; set; } = string.Empty;

    /// <summary>Its arguments, one by one. No shell reads them.</summary>
    public string[] Arguments { get; set; } = [];

    /// <summary>How long one answer may take.</summary>
    public TimeSpan TimeLimit { get; set; } = TimeSpan.FromHours(1);
}

internal sealed class OpenAIAgentOptions
{
    public const string Section = $"{AgentsOptions.Section}:OpenAI";

    /// <summary>Who may use it: <c>administrators</c> or <c>everybody</c>.</summary>
    public string Who { get; set; } = "everybody";

    /// <summary>Where the API is, up to and with its version, for example <c>http://127.0.0.1:11434/v1</c>. Absent: OpenAI's own.</summary>
    public string BaseUrl { get; set; } = string.Empty;

    /// <summary>The key. A server that asks for none needs none.</summary>
    public string ApiKey { get; set; } = string.Empty;

    /// <summary>The model, by the name that the server knows it by.</summary>
    public string Model { get; set; } = string.Empty;

    /// <summary>How long one answer may take.</summary>
    public TimeSpan TimeLimit { get; set; } = TimeSpan.FromMinutes(10);
}

internal sealed class AgentsOptionsValidator : IValidateOptions<AgentsOptions>
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan ShortestLimit = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestLimit = TimeSpan.FromDays(7);

    public ValidateOptionsResult Validate(string? name, AgentsOptions options)
    {
        List<string?> objections =
        [
            .. PathObjections(nameof(options.Folders), options.Folders),
            options.Demo.Pause < TimeSpan.Zero || options.Demo.Pause > LongestPause
                ? $"{DemoAgentOptions.Section}:{nameof(options.Demo.Pause)} is {TimeSpan.Zero} to {LongestPause}."
                : null,
            options.ClaudeCode.Program is "" ? $"{ClaudeCodeAgentOptions.Section}:{nameof(options.ClaudeCode.Program)} is empty." : null,
            options.Home is "" || IsPath(options.Home) ? null : $"{AgentsOptions.Section}:{nameof(options.Home)} is '{options.Home}', which is not an absolute path.",
            .. options.Environment.Select(pattern =>
                AgentEnvironment.Objection(pattern) is { } objection ? $"{AgentsOptions.Section}:{nameof(options.Environment)}: {objection}" : null),
            options.Sandbox.ToLowerInvariant() is AgentsOptions.NoSandbox or AgentsOptions.BubblewrapSandbox
                ? null
                : $"{AgentsOptions.Section}:{nameof(options.Sandbox)} is '{options.Sandbox}'. Write {AgentsOptions.NoSandbox} or {AgentsOptions.BubblewrapSandbox}.",
            .. PathObjections(nameof(options.SandboxReadable), options.SandboxReadable),
            .. PathObjections(nameof(options.SandboxWritable), options.SandboxWritable),
            WhoObjection(DemoAgentOptions.Section, options.Demo.Who),
            WhoObjection(ClaudeCodeAgentOptions.Section, options.ClaudeCode.Who),
            WhoObjection(CommandAgentOptions.Section, options.Command.Who),
            WhoObjection(OpenAIAgentOptions.Section, options.OpenAI.Who),
            ProgramObjection(ClaudeCodeAgentOptions.Section, options.ClaudeCode.Program, options.ClaudeCode.Arguments),
            LimitObjection(ClaudeCodeAgentOptions.Section, options.ClaudeCode.TimeLimit),
            ProgramObjection(CommandAgentOptions.Section, options.Command.Program, options.Command.Arguments),
            LimitObjection(CommandAgentOptions.Section, options.Command.TimeLimit),
            options.OpenAI.BaseUrl is "" || IsAddress(options.OpenAI.BaseUrl)
                ? null
                : $"{OpenAIAgentOptions.Section}:{nameof(options.OpenAI.BaseUrl)} is not an http or https address such as http://127.0.0.1:11434/v1.",
            options.OpenAI.ApiKey.Any(letter => letter is <= ' ' or > '~')
                ? $"{OpenAIAgentOptions.Section}:{nameof(options.OpenAI.ApiKey)} has characters that no key has."
                : null,
            LimitObjection(OpenAIAgentOptions.Section, options.OpenAI.TimeLimit),
        ];
        var failures = objections.OfType<string>().ToList();
        return failures.Count > 0 ? ValidateOptionsResult.Fail(failures) : ValidateOptionsResult.Success;
    }

    // "./agent" would depend on the folder that the server happened to be started in.
    private static string? ProgramObjection(string section, string program, string[] arguments) =>
        program.Contains('\0', StringComparison.Ordinal) || (program.AsSpan().ContainsAny('/', '\\') && !IsPath(program))
            ? $"{section}:Program is '{program}'. Write a name on the PATH, or an absolute path."
        : arguments.Any(argument => argument.Contains('\0', StringComparison.Ordinal)) ? $"{section}:Arguments cannot hold a zero character."
        : null;

    private static IEnumerable<string?> PathObjections(string name, IEnumerable<string> paths) =>
        paths.Select(path => IsPath(path) ? null : $"{AgentsOptions.Section}:{name} holds '{path}', which is not an absolute path.");

    private static string? WhoObjection(string section, string who) =>
        AgentsOptions.AudienceOf(who) is null ? $"{section}:Who is '{who}'. Write administrators or everybody." : null;

    private static string? LimitObjection(string section, TimeSpan limit) =>
        limit < ShortestLimit || limit > LongestLimit ? $"{section}:TimeLimit is {ShortestLimit} to {LongestLimit}." : null;

    private static bool IsPath(string path) => Path.IsPathFullyQualified(path) && !path.Contains('\0', StringComparison.Ordinal);

    private static bool IsAddress(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" && address is { UserInfo: "", Query: "", Fragment: "" };
}
