using Carillon.Storage;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace Carillon;

/// <summary>The one folder that a server keeps everything in: settings, secret and, with SQLite, the database.</summary>
internal sealed class DataFolder
{
    public const string SettingsFile = "carillon.json";
    private const string Variable = "CARILLON_DATA";

    private DataFolder(string path) => Path = path;

    public string Path { get; }

    /// <summary>The folder that was named, or the person's own place for data.</summary>
    public static DataFolder Open(string? named)
    {
        named ??= Environment.GetEnvironmentVariable(Variable);
        var path = System.IO.Path.GetFullPath(string.IsNullOrEmpty(named)
            ? System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "carillon")
            : named);
        if (!System.IO.Directory.Exists(path))
        {
            // It holds what only its owner may read.
            _ = OperatingSystem.IsWindows()
                ? System.IO.Directory.CreateDirectory(path)
                : System.IO.Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return new DataFolder(path);
    }

    public void Configure(WebApplicationBuilder builder, bool quiet)
    {
        builder.Configuration.AddJsonFile(System.IO.Path.Combine(Path, SettingsFile), optional: true, reloadOnChange: false);
        builder.Configuration.AddEnvironmentVariables("CARILLON_");
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

        // The framework tells of every request without a sign-in.
        builder.Logging.AddFilter("Carillon.Accounts.AccessScheme", LogLevel.Warning);
        builder.Logging.AddConfiguration(builder.Configuration.GetSection("Logging"));
    }

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
}
