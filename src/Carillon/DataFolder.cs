using Carillon.Storage;
using Microsoft.Extensions.Configuration.EnvironmentVariables;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace Carillon;

/// <summary>The one folder that a server keeps everything in: settings, secret and, with SQLite, the database.</summary>
internal sealed class DataFolder
{
    public const string SettingsFile = "carillon.json";

    /// <summary>What a variable's name begins with that is a setting of ours.</summary>
    public const string Prefix = "CARILLON_";

    private const string Variable = Prefix + "DATA";

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private DataFolder(string path, bool isNamed)
    {
        Path = path;
        IsNamed = isNamed;
    }

    public string Path { get; }

    /// <summary>True when somebody said that it is this one.</summary>
    public bool IsNamed { get; }

    /// <summary>The folder that was named, or the person's own place for data, whether it is there or not.</summary>
    public static DataFolder At(string? named)
    {
        named ??= Environment.GetEnvironmentVariable(Variable);
        var isNamed = !string.IsNullOrEmpty(named);
        return new DataFolder(
            System.IO.Path.GetFullPath(isNamed ? named! : System.IO.Path.Combine(
                Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "carillon")),
            isNamed);
    }

    /// <summary>Makes the folder if it is not there.</summary>
    public void Make()
    {
        if (OperatingSystem.IsWindows())
        {
            System.IO.Directory.CreateDirectory(Path);
        }
        else if (!System.IO.Directory.Exists(Path))
        {
            System.IO.Directory.CreateDirectory(Path, OwnerOnly);
        }
        else if (!IsNamed)
        {
            // The person's own place: whatever made it before us, it holds what only its owner may read.
            File.SetUnixFileMode(Path, OwnerOnly);
        }
    }

    /// <summary>Where the database would be; null when it is there.</summary>
    public async Task<string?> MissingDatabaseAsync(CancellationToken cancel)
    {
        var dialect = OpenDialect();
        try
        {
            return await dialect.ExistsAsync(cancel) ? null : dialect.Place;
        }
        finally
        {
            await dialect.CloseAsync();
        }
    }

    /// <summary>Settings: the folder's file, then the environment, then the command line, which has the last word.</summary>
    public void Configure(WebApplicationBuilder builder, string[] commandLine, bool quiet)
    {
        // A variable without our prefix is somebody else's: a machine's SECRET must not become ours.
        foreach (var source in builder.Configuration.Sources.OfType<EnvironmentVariablesConfigurationSource>().Where(source => string.IsNullOrEmpty(source.Prefix)).ToList())
        {
            builder.Configuration.Sources.Remove(source);
        }

        var own = OwnSettings();
        builder.Configuration.AddConfiguration(own, shouldDisposeConfiguration: true);
        builder.Configuration.AddCommandLine(commandLine);
        UnreadSettings.ListenTo(builder, own);
        builder.Logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "HH:mm:ss ";
        });

        // Standard output belongs to what a command was asked for.
        builder.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Logging.SetMinimumLevel(quiet ? LogLevel.Warning : LogLevel.Information);
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Warning);

        // A start that fails is told by the command, in one sentence and not in a stack trace.
        var host = new HostLog();
        builder.Services.AddSingleton(host);
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", _ => host.HasStarted);

        // The framework tells of every request without a sign-in.
        builder.Logging.AddFilter("Carillon.Accounts.AccessScheme", LogLevel.Warning);
        if (quiet)
        {
            // A command says itself what kept it from its work.
            builder.Logging.AddFilter("Carillon.Storage.OutageLog", LogLevel.None);
        }

        builder.Logging.AddConfiguration(builder.Configuration.GetSection("Logging"));
    }

    /// <summary>The database that the folder and the environment name.</summary>
    public Dialect OpenDialect() => OpenDialect(OwnSettings());

    public Dialect OpenDialect(IConfiguration configuration)
    {
        var options = new StorageOptions();
        configuration.GetSection(StorageOptions.Section).Bind(options);
        if (new StorageOptionsValidator().Validate(null, options) is { Failed: true } invalid)
        {
            throw new OptionsValidationException(StorageOptions.Section, typeof(StorageOptions), invalid.Failures);
        }

        try
        {
            return Dialect.For(options.Connection, Path);
        }
        catch (ArgumentException error)
        {
            throw new OptionsValidationException(
                StorageOptions.Section, typeof(StorageOptions), [$"{StorageOptions.Section}:{nameof(options.Connection)} cannot be read. {error.Message}"]);
        }
    }

    private IConfigurationRoot OwnSettings() => new ConfigurationBuilder()
        .AddJsonFile(System.IO.Path.Combine(Path, SettingsFile), optional: true, reloadOnChange: false)
        .AddEnvironmentVariables(Prefix)
        .Build();
}

/// <summary>Whether the host may speak for itself.</summary>
internal sealed class HostLog
{
    public volatile bool HasStarted;
}
