using System.Buffers.Text;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text;
using Carillon.Http;
using Carillon.Storage;

namespace Carillon.Accounts;

public sealed class SecretTests : IDisposable
{
    private const string NotThis = "is not the secret that the database belongs to";

    private readonly string _folder = System.IO.Directory.CreateTempSubdirectory("carillon-test-").FullName;
    private readonly string _other = System.IO.Directory.CreateTempSubdirectory("carillon-test-").FullName;

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task Whatever_the_server_makes_is_for_its_own_user_alone_also_in_a_folder_that_everybody_may_enter()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has other rights.");
        File.SetUnixFileMode(_folder, (UnixFileMode)0b111_101_101);
        await using var house = await House.OpenAsync(TestDatabase.Embedded, folder: _folder);
        var ada = await house.AddAsync();
        await ada.SessionAsync(await ada.ProjectAsync(), "\"message\":\"count to 2\"");
        await house.Server.StopAsync();
        await house.Server.StartProcessAsync();
        var open = System.IO.Directory.EnumerateFileSystemEntries(_folder, "*", SearchOption.AllDirectories)
            .Where(one => (File.GetUnixFileMode(one) & (UnixFileMode)0b000_111_111) != 0).Select(one => Path.GetRelativePath(_folder, one)).ToList();
        Assert.Empty(open);
        Assert.True(File.Exists(Path.Combine(_folder, "carillon.db-wal")));
    }

    [Fact]
    public async Task A_node_that_was_set_another_secret_does_not_start()
    {
        await using var database = await TestDatabase.PostgresAsync();
        var (right, wrong) = (Settings(database), Settings(database));
        await OkAsync(right, _folder, "long enough\n", "user", "add", "ada", "--admin");
        Assert.Equal("ada\tadmin\n", await OkAsync(right, _other, null, "user", "list"));
        foreach (string[] command in new[] { new[] { "serve", "--urls", "http://127.0.0.1:0" }, ["user", "add", "bob"], ["token", "list", "--user", "ada"] })
        {
            Assert.Contains($"The setting Secret {NotThis}.", await RefusedAsync(wrong, _other, command), StringComparison.Ordinal);
        }

        await OkAsync(right, _folder, null, "user", "list");
    }

    [Fact]
    public async Task A_cluster_goes_over_to_another_secret_when_it_is_told_to()
    {
        await using var database = await TestDatabase.PostgresAsync();
        var (first, second) = (Settings(database), Settings(database));
        await OkAsync(first, _folder, "long enough\n", "user", "add", "ada", "--admin");
        Assert.Contains("PN ID", await RefusedAsync(second, _folder, "secret", "replace"), StringComparison.Ordinal);
        Assert.Contains("Change the setting Secret first", await RefusedAsync(first, _folder, "secret", "replace", "--yes"), StringComparison.Ordinal);
        await OkAsync(first, _folder, null, "user", "list");

        Assert.StartsWith("The database belongs to the new secret. PN IDs that changed: 1.", await OkAsync(second, _folder, null, "secret", "replace", "--yes"), StringComparison.Ordinal);
        Assert.Contains(NotThis, await RefusedAsync(first, _folder, "user", "list"), StringComparison.Ordinal);
        Assert.Equal("ada\tadmin\n", await OkAsync(second, _other, null, "user", "list"));

        var (id, pushId) = Ada(Dialect.For(database.Connection!, _folder));
        Assert.Equal($"pn_{Base64Url.EncodeToString(HMACSHA256.HashData(Base64Url.DecodeFromChars(second["CARILLON_Secret"]), Encoding.UTF8.GetBytes(id)))}", pushId);
    }

    [Fact]
    public async Task A_server_whose_file_was_replaced_or_lost_says_so_and_belongs_to_it_when_asked_to()
    {
        await using var server = await CarillonServer.StartAsync(TestDatabase.Embedded);
        using var ada = await server.AddPersonAsync("ada", admin: true);
        var before = (string)(await ada.GetAsync("/api/v1/me", [])).Is(200).Json["pushId"]!;
        await server.StopAsync();
        var file = Path.Combine(server.Folder, "secret");
        var secret = await File.ReadAllTextAsync(file);

        foreach (var spoil in new Action[] { () => File.WriteAllText(file, Secret()), () => File.Delete(file) })
        {
            spoil();
            await server.StartProcessAsync();
            Assert.Contains($"The file {file} {NotThis}.", server.Log, StringComparison.Ordinal);
            Assert.Equal(before, (string?)(await ada.GetAsync("/api/v1/me", [])).Is(200).Json["pushId"]);
            await server.StopAsync();
        }

        await File.WriteAllTextAsync(file, secret);
        await server.StartProcessAsync();
        Assert.Equal(2, server.Log.Split(NotThis).Length - 1);
        await server.StopAsync();

        // The right one becomes a new one; a lost one is made, and a strange one is taken.
        foreach (var prepare in new Action[] { () => { }, () => File.Delete(file), () => File.WriteAllText(file, Secret()) })
        {
            prepare();
            await OkAsync([], server.Folder, null, "secret", "replace", "--yes");
            Assert.NotEqual(secret, await File.ReadAllTextAsync(file));
            secret = await File.ReadAllTextAsync(file);
            Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(file) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
            await server.StartProcessAsync();
            var after = (string)(await ada.GetAsync("/api/v1/me", [])).Is(200).Json["pushId"]!;
            Assert.NotEqual(before, after);
            before = after;
            await server.StopAsync();
        }
    }

    public void Dispose()
    {
        System.IO.Directory.Delete(_folder, recursive: true);
        System.IO.Directory.Delete(_other, recursive: true);
    }

    private static string Secret() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    private static Dictionary<string, string?> Settings(TestDatabase database) => new() { ["CARILLON_Storage__Connection"] = database.Connection, ["CARILLON_Secret"] = Secret() };

    private static (string Id, string PushId) Ada(Dialect dialect)
    {
        using var connection = dialect.CreateWriter();
        connection.Open();
        using var statements = new Statements(connection, dialect);
        return statements.First("SELECT id, push_id FROM users WHERE name_key = $1", row => (row.GetString(0), row.GetString(1)), "ada");
    }

    private static async Task<string> OkAsync(Dictionary<string, string?> environment, string folder, string? input, params string[] command)
    {
        var (code, output, error) = await CarillonServer.RunProgramAsync(input, environment, [.. command, "--data", folder]);
        Assert.True(code == 0, error);
        return output;
    }

    private static async Task<string> RefusedAsync(Dictionary<string, string?> environment, string folder, params string[] command)
    {
        var (code, output, error) = await CarillonServer.RunProgramAsync(null, environment, [.. command, "--data", folder]).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.True(code == 1, $"{code} {error}");
        Assert.Empty(output);
        return error.Split('\n').Single(line => line.StartsWith("carillon: ", StringComparison.Ordinal));
    }
}
