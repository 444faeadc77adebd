using System.Diagnostics;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace Carillon.Load;

/// <summary>From the start of the process to its first answer, and what it needs when nothing happens.</summary>
internal static class StartCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static JsonObject Run(Arguments arguments)
    {
        var target = new Target(arguments.Text("url"));
        var runs = arguments.Count("runs", 10);
        var idle = arguments.Seconds("idle-seconds", 5);
        var command = arguments.Rest is [_, ..] words ? words : throw new UsageException("The server's command is missing: -- program arguments");
        arguments.RefuseOthers();

        var request = target.Get("/healthz", "none");
        var times = new List<double>();
        double resident = 0;
        for (var run = 0; run < runs; run++)
        {
            var start = new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
            var started = Stopwatch.GetTimestamp();
            using var process = Process.Start(start) ?? throw new IOException($"{command[0]} did not start");
            process.OutputDataReceived += (_, _) => { };
            process.ErrorDataReceived += (_, _) => { };
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            try
            {
                while (!Answers(target, request))
                {
                    if (process.HasExited || Stopwatch.GetElapsedTime(started) > Patience)
                    {
                        throw new IOException($"{command[0]} does not answer on {target.Url}");
                    }

                    Libc.Pause(TimeSpan.FromMilliseconds(2));
                }

                times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
                if (run == runs - 1)
                {
                    Libc.Pause(idle);
                    resident = ProcessFigures.ResidentKilobytes(process.Id) / 1024;
                }
            }
            finally
            {
                Stop(process);
            }
        }

        return new JsonObject
        {
            ["runs"] = runs,
            ["medianMs"] = Math.Round(times.Order().ElementAt(times.Count / 2), 1),
            ["fastestMs"] = Math.Round(times.Min(), 1),
            ["slowestMs"] = Math.Round(times.Max(), 1),
            ["idleResidentMb"] = Math.Round(resident, 1),
            ["ok"] = true,
        };
    }

    private static bool Answers(Target target, byte[] request)
    {
        try
        {
            using var socket = target.Connect();
            socket.ReceiveTimeout = (int)Patience.TotalMilliseconds;
            socket.Send(request);
            var answer = new byte[1024];
            return answer.AsSpan(0, socket.Receive(answer)).StartsWith("HTTP/1.1 200"u8);
        }
        catch (SocketException)
        {
            // Not listening yet.
            return false;
        }
    }

    private static void Stop(Process process)
    {
        if (!process.HasExited)
        {
            _ = Libc.Kill(process.Id, Libc.Terminate);
            if (!process.WaitForExit(TimeSpan.FromSeconds(15)))
            {
                process.Kill();
            }
        }
    }
}
