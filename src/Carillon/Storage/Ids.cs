namespace Carillon.Storage;

/// <summary>Opaque ids that sort by the time at which they were made, so that an index of them grows at its end.</summary>
internal static class Ids
{
    public static string New(string prefix, DateTimeOffset now) => prefix + Guid.CreateVersion7(now).ToString("N");
}
