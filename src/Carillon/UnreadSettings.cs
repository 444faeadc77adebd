using System.Collections.Concurrent;
using Microsoft.Extensions.Configuration.EnvironmentVariables;

namespace Carillon;

/// <summary>
/// A misspelt setting does nothing, and does it without a word: so whatever stands in <c>carillon.json</c> or the environment and was
/// asked for by nobody when the server runs is told. The names that are known are those that were asked for; there is no list to keep.
/// </summary>
internal sealed partial class UnreadSettings : ConfigurationProvider, IConfigurationSource
{
    // Read later, or in parts: how these are spelt is for the framework to say.
    private static readonly string[] Frameworks = ["Logging", "Kestrel", "AllowedHosts"];

    private readonly ConcurrentDictionary<string, bool> _asked = new(StringComparer.OrdinalIgnoreCase);
    private readonly IConfigurationRoot _own;

    /// <param name="own">The settings that an operator wrote for us.</param>
    private UnreadSettings(IConfigurationRoot own) => _own = own;

    /// <summary>Listens to what is asked of the settings. Nothing may be added after this: the source that is asked first hears everything.</summary>
    public static void ListenTo(WebApplicationBuilder builder, IConfigurationRoot own)
    {
        var settings = new UnreadSettings(own);
        builder.Configuration.Sources.Add(settings);
        builder.Services.AddSingleton(settings);
    }

    public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

    public override bool TryGet(string key, out string? value)
    {
        _asked[key] = true;
        value = null;
        return false;
    }

    public override void Set(string key, string? value)
    {
        // Every source is told; the others keep it.
    }

    public override IEnumerable<string> GetChildKeys(IEnumerable<string> earlierKeys, string? parentPath)
    {
        // A name, but not a value that was read.
        _asked.TryAdd(parentPath ?? string.Empty, false);
        return earlierKeys;
    }

    /// <summary>Tells of each setting that nothing has read by now.</summary>
    public void Tell(ILogger<UnreadSettings> log)
    {
        foreach (var sentence in Sentences())
        {
            LogUnread(log, sentence);
        }
    }

    private IEnumerable<string> Sentences() =>
        from provider in _own.Providers
        let isVariable = provider is EnvironmentVariablesConfigurationProvider
        from key in Values(provider, null)
        where !_asked.GetValueOrDefault(key) && !Frameworks.Contains(key.Split(':')[0], StringComparer.OrdinalIgnoreCase)

            // CARILLON_URL belongs to the command line, and others to somebody's scripts; a section is meant for us.
            && (!isVariable || key.Contains(':', StringComparison.Ordinal))
        select $"{(isVariable ? $"The variable {DataFolder.Prefix}{key.Replace(":", "__", StringComparison.Ordinal)}" : $"{key} in {DataFolder.SettingsFile}")} is no setting, and does nothing."
            + (Nearest(key) is { } meant ? $" Did you mean {meant}?" : string.Empty);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Sentence}")]
    private static partial void LogUnread(ILogger log, string sentence);

    private static IEnumerable<string> Values(IConfigurationProvider provider, string? parent) =>
        provider.GetChildKeys([], parent).Distinct(StringComparer.OrdinalIgnoreCase)
            .Select(child => parent is null ? child : ConfigurationPath.Combine(parent, child))
            .SelectMany(key => Values(provider, key).Concat(provider.TryGet(key, out var value) && value is not null ? [key] : []));

    /// <summary>The known name that is spelt most like it; null when none is.</summary>
    private string? Nearest(string key)
    {
        var (right, isOther) = (string.Empty, false);
        foreach (var step in key.Split(':'))
        {
            var names = NamesUnder(right);
            if ((names.Count == 0 ? step : NearMiss.Of(step, names)) is not { } name)
            {
                break;
            }

            isOther |= !string.Equals(name, step, StringComparison.OrdinalIgnoreCase);
            right = right.Length == 0 ? name : ConfigurationPath.Combine(right, name);
        }

        return isOther ? right : null;
    }

    private List<string> NamesUnder(string section)
    {
        var start = section.Length == 0 ? string.Empty : section + ConfigurationPath.KeyDelimiter;
        return
        [
            .. _asked.Keys.Where(key => key.Length > start.Length && key.StartsWith(start, StringComparison.OrdinalIgnoreCase))
                .Select(key => key[start.Length..].Split(':')[0]).Distinct(StringComparer.OrdinalIgnoreCase),
        ];
    }
}
