using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Carillon.Storage;

internal sealed class StorageOptions
{
    public const string Section = "Storage";

    /// <summary>
    /// A <c>Data Source=…</c> string keeps everything in one SQLite file, relative to the data folder; a <c>Host=…</c> string joins
    /// a PostgreSQL cluster.
    /// </summary>
    [Required]
    public string Connection { get; set; } = "Data Source=carillon.db";
}

[OptionsValidator]
internal sealed partial class StorageOptionsValidator : IValidateOptions<StorageOptions>;
