using System.Buffers.Binary;
using Carillon.Storage;

namespace Carillon.Accounts;

/// <summary>How much work a stolen hash leaves to whoever guesses.</summary>
public sealed class PasswordWorkTests : IDisposable
{
    private readonly string _folder = System.IO.Directory.CreateTempSubdirectory("carillon-test-").FullName;

    [Fact]
    public async Task As_shipped_a_hash_costs_a_hundred_thousand_rounds_whatever_the_settings_say()
    {
        await File.WriteAllTextAsync(
            Path.Combine(_folder, "carillon.json"),
            """{ "PasswordHasher": { "IterationCount": 1 }, "PasswordHasherOptions": { "IterationCount": 1 }, "Passwords": { "IterationCount": 1 }, "IterationCount": 1 }""");
        Assert.Equal(100_000, await RoundsAsync("ada", new(CarillonServer.AsShipped)
        {
            ["CARILLON_PasswordHasherOptions__IterationCount"] = "1",
            ["CARILLON_IterationCount"] = "1",
        }));
    }

    // Otherwise the tests would become slow without a word.
    [Fact]
    public async Task The_programs_that_tests_start_take_one() => Assert.Equal(1, await RoundsAsync("bob", []));

    public void Dispose() => System.IO.Directory.Delete(_folder, recursive: true);

    private async Task<int> RoundsAsync(string name, Dictionary<string, string?> environment)
    {
        var (code, _, error) = await CarillonServer.RunProgramAsync("long enough\n", environment, "user", "add", name, "--data", _folder);
        Assert.True(code == 0, error);
        using var connection = new SqliteDialect("Data Source=carillon.db", _folder).CreateWriter();
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT password_hash FROM users";
        var hash = Convert.FromBase64String((string)command.ExecuteScalar()!);

        // The framework's format: a version, the function and the number of rounds, four bytes each after the first.
        Assert.Equal(1, hash[0]);
        return (int)BinaryPrimitives.ReadUInt32BigEndian(hash.AsSpan(5));
    }
}
