using System.Diagnostics;
using Carillon.Load;

const string Usage = """
    carillon-load COMMAND [--name value …]: loads a Carillon server on this machine and prints one line of JSON.

      publish    --url --token [--connections 64] [--seconds 10] [--warm-up 3] [--to NAME] [--server-pid] [--database-pid]
      fanout     --url --token [--publish-token] [--readers 1000] [--rate 10|max] [--seconds 15] [--warm-up 5] [--project load]
                 [--connections 4] [--backlog 64] [--sample-every 10] [--gather-ms 1] [--server-pid]
      idle       --url --token --server-pid [--readers 10000] [--rounds 2] [--idle-seconds 16]
      addressed  --url --publish-token --idle-token --to NAME --to-token --server-pid [--idle-readers 10] [--count 20000]
                 [--connections 8] [--idle-seconds 15]
      chat-tokens    --url --token [--sockets 100] [--words 100000] [--runs 3] [--within 120] [--gather-ms 1] [--project load] [--server-pid]
      chat-latency   --url --token [--sessions 4] [--sockets 1] [--pause-ms 60] [--seconds 10] [--warm-up 2] [--project load] [--server-pid]
      chat-idle      --url --token --server-pid [--sockets 10000] [--sessions 1000] [--rounds 2] [--idle-seconds 16] [--project load]
      chat-messages  --url --token [--sockets 16] [--seconds 10] [--warm-up 3] [--project load] [--server-pid] [--database-pid]
      chat-agent     (no options: the program that chat-latency has the server run, Agents:Command:Program)
      projects   --url --token [--many 5000] [--count 300] [--server-pid] [--database-pid]
      replay     --url --token [--expect 1000000] [--after 0] [--rounds 3] [--within 120] [--server-pid]
      rawread    --db FILE --query SQL [--rounds 3]
      start      --url [--runs 10] [--idle-seconds 5] -- PROGRAM ARGUMENTS
      hook       --url --token --native PROGRAM --ordinary PROGRAM [--runs 50]
      page       --url [--encoding "br, gzip"]
      calibrate  [--connections 64] [--seconds 3] [--readers 1000] [--folder DIR]
      report     --results FILE (lines of the above) --to FILE

    Every command but report and chat-agent takes --label TEXT and repeats it. Exit code 1: a check failed ("ok":false), 2: it could not run.
    """;

if (args is not [var name, ..])
{
    Console.Error.WriteLine(Usage);
    return 2;
}

try
{
    var arguments = new Arguments(args.AsSpan(1));
    if (name == "report")
    {
        return Report.Run(arguments);
    }

    if (name == "chat-agent")
    {
        return ChatAgentCommand.Run();
    }

    var label = arguments.Find("label");
    var started = Stopwatch.GetTimestamp();
    var result = name switch
    {
        "publish" => PublishCommand.Run(arguments),
        "fanout" => FanoutCommand.Run(arguments),
        "idle" => IdleCommand.Run(arguments),
        "addressed" => AddressedCommand.Run(arguments),
        "chat-tokens" => ChatTokensCommand.Run(arguments),
        "chat-latency" => ChatLatencyCommand.Run(arguments),
        "chat-idle" => ChatIdleCommand.Run(arguments),
        "chat-messages" => ChatMessagesCommand.Run(arguments),
        "projects" => ProjectsCommand.Run(arguments),
        "replay" => ReplayCommand.Run(arguments),
        "rawread" => RawReadCommand.Run(arguments),
        "start" => StartCommand.Run(arguments),
        "hook" => HookCommand.Run(arguments),
        "page" => PageCommand.Run(arguments),
        "calibrate" => CalibrateCommand.Run(arguments),
        _ => throw new UsageException($"'{name}' is not a command"),
    };
    result.Insert(0, "scenario", name);
    result.Insert(1, "label", label);
    result["tookSeconds"] = Math.Round(Stopwatch.GetElapsedTime(started).TotalSeconds, 1);
    Console.Out.WriteLine(result.ToJsonString());
    return result["ok"]!.GetValue<bool>() ? 0 : 1;
}
catch (Exception error) when (error is UsageException or IOException or HttpRequestException or System.Net.Sockets.SocketException)
{
    Console.Error.WriteLine($"carillon-load {name}: {error.Message}");
    return 2;
}
