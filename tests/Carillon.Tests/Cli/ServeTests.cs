using System.Net;
using System.Net.Sockets;

namespace Carillon.Cli;

/// <summary>How a server begins, and what keeps it from that.</summary>
[AlsoNative]
public sealed class ServeTests
{
    [Fact]
    public async Task A_second_server_on_the_same_folder_is_refused_with_the_first_one_named()
    {
        await using var server = await CarillonServer.StartAsync(TestDatabase.Embedded);
        for (var time = 0; time < 2; time++)
        {
            // The second one looks at a folder whose first server did not end, but was killed and started again.
            var (code, output, error) = await server.RunAsync(null, "serve", "--urls", "http://127.0.0.1:0").WaitAsync(TimeSpan.FromSeconds(30));
            Assert.Equal((1, ""), (code, output));
            Assert.Matches(
                $"^carillon: Another Carillon already serves this database: process {server.ProcessId} on {Environment.MachineName}, "
                + @"since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\. Stop it first, or choose another folder with --data\.\n$", error);
            await server.KillAsync();
            await server.StartProcessAsync();
        }
    }

    [Fact]
    public async Task A_port_that_is_taken_is_one_sentence()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var address = $"http://127.0.0.1:{((IPEndPoint)other.LocalEndpoint).Port}";
        var sentence = await FailedStartAsync(address);
        Assert.Equal($"carillon: Cannot listen on {address}: another program uses this port. Stop it, or choose another port: carillon serve --urls http://127.0.0.1:7421", sentence);
    }

    [Fact]
    public async Task An_address_of_another_machine_is_one_sentence() =>
        Assert.Equal("carillon: Cannot listen on http://192.0.2.1:7420: this machine does not have that address.", await FailedStartAsync("http://192.0.2.1:7420"));

    private static async Task<string> FailedStartAsync(string address)
    {
        var folder = Path.Combine(Path.GetTempPath(), $"carillon-test-{Guid.NewGuid():N}");
        try
        {
            // Without a command: the options are those of serve.
            var (code, output, error) = await CarillonServer.RunProgramAsync(null, new Dictionary<string, string?>(), "--data", folder, "--urls", address)
                .WaitAsync(TimeSpan.FromSeconds(30));
            Assert.Equal((1, ""), (code, output));
            return Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => !line.Contains("info: ", StringComparison.Ordinal));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
