using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Carillon.Cli;

/// <summary><c>carillon doctor</c>: looks at everything between an agent and a person, and says what is wrong and what to do about it.</summary>
internal static class DoctorCommand
{
    /// <summary>For each look. There are three on the way to the server, one after the other, so that nobody waits for more than fifteen seconds.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private static readonly FindingsJson s_json = new(new JsonSerializerOptions(FindingsJson.Default.Options)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    public static Command Build(Terminal terminal)
    {
        var json = new Option<bool>("--json") { Description = "Print one JSON object instead: {checks: [{check, state, says, remedy}]}." };
        var command = new Command("doctor", "Check server, token, clock, stream, hooks and data folder, a line each, with what to do. Changes nothing.") { json };
        var data = LocalData.AddTo(command, terminal);
        var remote = Remote.AddTo(command, terminal);
        command.SetAction(async (parsed, cancel) =>
        {
            var choice = remote.Chosen(parsed);

            // All at once: what hangs in one place holds nothing up in another.
            var hooks = Task.Run(() => HookChecks.RunAsync(terminal, cancel), cancel);
            var folder = Task.Run(() => DataChecks.RunAsync(data.Find(parsed), terminal.Time, cancel), cancel);
            var findings = new List<Finding>();
            await foreach (var finding in AllAsync(ServerChecks.RunAsync(terminal, choice, HookChecks.AreThere(terminal), cancel), hooks, folder))
            {
                findings.Add(finding);
                if (!parsed.GetValue(json))
                {
                    Print(terminal, finding);
                }
            }

            if (parsed.GetValue(json))
            {
                await terminal.Output.WriteLineAsync(JsonSerializer.Serialize(new Findings(findings), s_json.Findings));
            }

            return findings.Exists(finding => finding.State == FindingStates.Failed) ? 1 : 0;
        });
        return command;
    }

    /// <summary>The outcome of a look, which ends in time whatever it waits for: a name look-up, for example, knows nothing of tokens.</summary>
    /// <exception cref="OperationCanceledException">It did not end in time.</exception>
    public static async Task<T> InTimeAsync<T>(Terminal terminal, Func<CancellationToken, Task<T>> look, CancellationToken cancel)
    {
        using var patience = new CancellationTokenSource(Patience, terminal.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancel);
        return await Task.Run(() => look(either.Token), CancellationToken.None).WaitAsync(either.Token);
    }

    private static async IAsyncEnumerable<Finding> AllAsync(
        IAsyncEnumerable<Finding> server, Task<IReadOnlyList<Finding>> hooks, Task<IReadOnlyList<Finding>> folder)
    {
        await foreach (var finding in server)
        {
            yield return finding;
        }

        foreach (var finding in await hooks)
        {
            yield return finding;
        }

        foreach (var finding in await folder)
        {
            yield return finding;
        }
    }

    private static void Print(Terminal terminal, Finding finding)
    {
        var mark = finding.State switch
        {
            FindingStates.Ok => "ok",
            FindingStates.Warning => "warn",
            FindingStates.Failed => "FAIL",
            _ => "-",
        };
        terminal.Output.WriteLine($"{mark,-6}{finding.Check,-13}{OneLine.Of(finding.Says, 500)}");
        if (finding.Remedy is { } remedy)
        {
            terminal.Output.WriteLine($"{string.Empty,-19}{OneLine.Of(remedy, 500)}");
        }
    }
}
