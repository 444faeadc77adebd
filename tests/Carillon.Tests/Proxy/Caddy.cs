using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Carillon.Proxy;

/// <summary>The machine's Caddy with the Caddyfile that ships, as a process of its own, on a free port of the loopback.</summary>
internal sealed class Caddy : IAsyncDisposable
{
    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(60);
    private static readonly string[] Programs = ["/usr/bin/caddy", "/usr/local/bin/caddy", "/opt/homebrew/bin/caddy"];

    // Nobody configures it from outside, and it touches neither the machine's other addresses nor its certificates.
    private const string Around =
        """
        {
        	admin off
        	default_bind 127.0.0.1
        	auto_https disable_redirects
        	skip_install_trust
        }
        import carillon.caddy

        """;

    private readonly Process _process;
    private readonly string _folder;

    private Caddy(Process process, string folder, Uri url)
    {
        _process = process;
        _folder = folder;
        Url = url;
    }

    /// <summary>What people type.</summary>
    public Uri Url { get; }

    public string Origin => Url.GetLeftPart(UriPartial.Authority);

    /// <param name="upstream">Where Carillon is, or what stands in its place.</param>
    /// <param name="https">With a certificate of Caddy's own making.</param>
    /// <param name="edit">What an operator writes into the file.</param>
    public static async Task<Caddy> StartAsync(Uri upstream, bool https = false, Func<string, string>? edit = null)
    {
        var program = Programs.FirstOrDefault(File.Exists);
        if (program is null)
        {
            Missing.Report("caddy is not installed; apt-get install caddy");
        }

        var folder = Directory.CreateTempSubdirectory("carillon-caddy-").FullName;
        var shipped = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "deploy", "Caddyfile"));
        await File.WriteAllTextAsync(Path.Combine(folder, "carillon.caddy"), edit is null ? shipped : edit(shipped));
        await File.WriteAllTextAsync(Path.Combine(folder, "Caddyfile"), Around);

        // A certificate is for a name.
        var url = new Uri(https ? $"https://localhost:{FreePort()}" : $"http://127.0.0.1:{FreePort()}");
        var info = new ProcessStartInfo(program, ["run", "--config", Path.Combine(folder, "Caddyfile"), "--adapter", "caddyfile"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["CARILLON_SITE"] = url.GetLeftPart(UriPartial.Authority),
                ["CARILLON_UPSTREAM"] = upstream.Authority,
                ["HOME"] = folder,
                ["XDG_DATA_HOME"] = folder,
                ["XDG_CONFIG_HOME"] = folder,
            },
        };
        var process = Process.Start(info) ?? throw new InvalidOperationException("Caddy did not start");
        var caddy = new Caddy(process, folder, url);
        try
        {
            await caddy.ReadyAsync(https ? "certificate obtained successfully" : "serving initial configuration");
            return caddy;
        }
        catch
        {
            await caddy.DisposeAsync();
            throw;
        }
    }

    /// <summary>A client that comes in through the front door, and trusts Caddy's own certificates.</summary>
    public HttpClient Client(params (string Name, string Value)[] headers)
    {
        var handler = new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false };
        if (Url.Scheme == Uri.UriSchemeHttps)
        {
            handler.SslOptions = new SslClientAuthenticationOptions
            {
                CertificateChainPolicy = new X509ChainPolicy
                {
                    TrustMode = X509ChainTrustMode.CustomRootTrust,
                    CustomTrustStore = { X509CertificateLoader.LoadCertificateFromFile(Path.Combine(_folder, "caddy/pki/authorities/local/root.crt")) },
                    RevocationMode = X509RevocationMode.NoCheck,
                },
            };
        }

        var client = new HttpClient(handler) { BaseAddress = Url };
        foreach (var (name, value) in headers)
        {
            client.DefaultRequestHeaders.TryAddWithoutValidation(name, value);
        }

        return client;
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task ReadyAsync(string sign)
    {
        var log = new StringBuilder();
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _process.ErrorDataReceived += (_, line) =>
        {
            log.AppendLine(line.Data);
            if (line.Data is null)
            {
                ready.TrySetException(new InvalidOperationException($"Caddy ended:\n{log}"));
            }
            else if (line.Data.Contains(sign, StringComparison.Ordinal))
            {
                ready.TrySetResult();
            }
        };
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
        await ready.Task.WaitAsync(LongestStart);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
