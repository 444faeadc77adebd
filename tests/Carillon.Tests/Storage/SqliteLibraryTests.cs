namespace Carillon.Storage;

public sealed class SqliteLibraryTests
{
    [Fact]
    public void SQLite_is_the_one_that_comes_with_the_program_and_not_the_systems()
    {
        using var connection = Dialect.For("Data Source=:memory:", Path.GetTempPath()).CreateReader();
        connection.Open();

        // The version of the package SQLitePCLRaw.lib.e_sqlite3.
        Assert.Equal("3.53.3", connection.ServerVersion);
    }
}
