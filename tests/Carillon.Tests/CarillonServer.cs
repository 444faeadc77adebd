using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using Carillon.Protocol;

namespace Carillon;

/// <summary>The real program, as a process of its own, on a free port, with its own data folder.</summary>
internal sealed class CarillonServer : IAsyncDisposable
{
    private const string HookVariable = "DOTNET_STARTUP_HOOKS";

    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(60);

    // The one that was built with the tests, or the one that TEST_PROGRAM names: ./test names the one that is compiled ahead, and the native
    // one for the tests that are [AlsoNative].
    private static readonly string Program = Environment.GetEnvironmentVariable("TEST_PROGRAM")
        ?? Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "carillon.exe" : "carillon");

    /// <summary>The environment of a program that hashes passwords as slowly as where people have them.</summary>
    public static readonly Dictionary<string, string?> AsShipped = new() { [HookVariable] = null };

    private readonly Dictionary<string, string?> _environment;
    private readonly StringBuilder _log = new();
    private readonly bool _ownsFolder;
    private Process? _process;

    private CarillonServer(string folder, bool ownsFolder, int port, Dictionary<string, string?> environment)
    {
        Folder = folder;
        _ownsFolder = ownsFolder;
        _environment = environment;
        Url = new Uri($"http://127.0.0.1:{port}");
        Anonymous = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false }) { BaseAddress = Url };
    }

    public string Folder { get; }

    public Uri Url { get; }

    /// <summary>A client that carries nothing.</summary>
    public HttpClient Anonymous { get; }

    public string Log
    {
        get
        {
            lock (_log)
            {
                return _log.ToString();
            }
        }
    }

    /// <summary>Waits until the log has said something so often.</summary>
    public async Task LoggedAsync(string text, int times = 1)
    {
        using var patience = new CancellationTokenSource(LongestStart);
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (Log.Split(text).Length <= times)
        {
            await look.WaitForNextTickAsync(patience.Token);
        }
    }

    public int ProcessId => _process!.Id;

    /// <summary>Starts a server; <paramref name="settings"/> are environment variables without their prefix, <paramref name="folder"/> may be shared.</summary>
    public static async Task<CarillonServer> StartAsync(TestDatabase database, Dictionary<string, string?>? settings = null, string? folder = null)
    {
        var environment = new Dictionary<string, string?>();
        foreach (var (name, value) in settings ?? [])
        {
            environment[$"CARILLON_{name.Replace(":", "__", StringComparison.Ordinal)}"] = value;
        }

        if (database.Connection is { } connection)
        {
            environment["CARILLON_Storage__Connection"] = connection;
        }

        var server = new CarillonServer(
            folder ?? Directory.CreateTempSubdirectory("carillon-test-").FullName, ownsFolder: folder is null, FreePort(), environment);
        try
        {
            await server.StartProcessAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs a command of the same program on the same data; returns what it printed.</summary>
    public Task<(int ExitCode, string Output, string Error)> RunAsync(string? input, params string[] arguments) =>
        RunProgramAsync(input, _environment, [.. arguments, "--data", Folder]);

    /// <summary>Runs the program with exactly these arguments.</summary>
    public static async Task<(int ExitCode, string Output, string Error)> RunProgramAsync(
        string? input, IReadOnlyDictionary<string, string?> environment, params string[] arguments)
    {
        using var process = Process.Start(StartInfo(environment, arguments)) ?? throw new InvalidOperationException("The program did not start");
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await error);
    }

    /// <summary>Adds a person (the password is <c>password-of-NAME</c>) and returns a client with a token of theirs.</summary>
    public async Task<HttpClient> AddPersonAsync(string name, bool admin = false, params string[] scopes)
    {
        var (code, _, error) = await RunAsync($"password-of-{name}\n", ["user", "add", name, .. (string[])(admin ? ["--admin"] : [])]);
        Assert.True(code == 0, error);
        return WithToken(await CreateTokenAsync(name, scopes is [] ? [Scopes.Read, Scopes.Publish, Scopes.Run] : scopes));
    }

    public async Task<string> CreateTokenAsync(string name, params string[] scopes)
    {
        var (code, output, error) = await RunAsync(null, ["token", "create", "--user", name, .. scopes.SelectMany(scope => new[] { "--scope", scope })]);
        Assert.True(code == 0, error);
        return output.Trim();
    }

    public HttpClient WithToken(string token) => With(new AuthenticationHeaderValue("Bearer", token));

    /// <summary>Signs in and returns a client that behaves like the page of this origin.</summary>
    public async Task<HttpClient> SignInAsync(string name, string? password = null)
    {
        using var answer = await Anonymous.PostAsJsonAsync(
            "/api/v1/sign-in", new SignInRequest { Name = name, Password = password ?? $"password-of-{name}" }, CarillonJson.Default.SignInRequest);
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        var client = With(null);
        client.DefaultRequestHeaders.Add("Cookie", answer.Headers.GetValues("Set-Cookie").First().Split(';')[0]);
        client.DefaultRequestHeaders.Add("Origin", Url.GetLeftPart(UriPartial.Authority));
        return client;
    }

    /// <summary>As the power goes: no signal handler runs.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    /// <summary>Waits until the server has ended by itself; returns its exit code.</summary>
    public async Task<int> EndAsync()
    {
        await _process!.WaitForExitAsync().WaitAsync(LongestStart);
        var exitCode = _process.ExitCode;
        _process.Dispose();
        _process = null;
        return exitCode;
    }

    /// <summary>As an operator stops it; tells how long it took, and the exit code.</summary>
    public async Task<(TimeSpan Took, int ExitCode)> StopAsync()
    {
        var clock = Stopwatch.StartNew();
        using (var signal = Process.Start("kill", ["-TERM", $"{_process!.Id}"]))
        {
            await signal.WaitForExitAsync();
        }

        await _process.WaitForExitAsync().WaitAsync(LongestStart);
        var exitCode = _process.ExitCode;
        _process.Dispose();
        _process = null;
        return (clock.Elapsed, exitCode);
    }

    /// <summary>Starts the same server again, on the same port and data.</summary>
    public async Task StartProcessAsync()
    {
        var process = Process.Start(StartInfo(_environment, "serve", "--data", Folder, "--urls", Url.GetLeftPart(UriPartial.Authority)))
            ?? throw new InvalidOperationException("The server did not start");
        _process = process;
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        DataReceivedEventHandler read = (_, line) =>
        {
            lock (_log)
            {
                _log.AppendLine(line.Data);
            }

            if (line.Data is null)
            {
                ready.TrySetException(new InvalidOperationException($"The server ended:\n{Log}"));
            }
            else if (line.Data.Contains("Carillon is ready", StringComparison.Ordinal) || line.Data.Contains("Set up Carillon", StringComparison.Ordinal))
            {
                ready.TrySetResult();
            }
        };
        process.ErrorDataReceived += read;
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        process.StandardInput.Close();
        await ready.Task.WaitAsync(LongestStart);
    }

    public async ValueTask DisposeAsync()
    {
        Anonymous.Dispose();
        if (_process is not null)
        {
            await KillAsync();
        }

        if (_ownsFolder)
        {
            Directory.Delete(Folder, recursive: true);
        }

        // Beside it, unless a setting says otherwise: the folders in which sessions work.
        if (Directory.Exists($"{Folder}-sessions"))
        {
            Directory.Delete($"{Folder}-sessions", recursive: true);
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    internal static ProcessStartInfo StartInfo(IReadOnlyDictionary<string, string?> environment, params string[] arguments)
    {
        var info = new ProcessStartInfo(Program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        info.Environment[HookVariable] = typeof(StartupHook).Assembly.Location;

        // Measuring itself so as to be quicker later is a fifth of what a server costs that lives for seconds.
        info.Environment["DOTNET_TieredPGO"] = "0";
        foreach (var (name, value) in environment)
        {
            info.Environment[name] = value;
        }

        return info;
    }

    private HttpClient With(AuthenticationHeaderValue? authorization)
    {
        var client = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false }) { BaseAddress = Url };
        client.DefaultRequestHeaders.Authorization = authorization;
        return client;
    }
}
