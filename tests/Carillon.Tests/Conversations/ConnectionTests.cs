using System.Diagnostics;
using System.Net.WebSockets;
using Carillon.Accounts;
using Carillon.Http;

namespace Carillon.Conversations;

/// <summary>Connections that break, that stand still, and many of them.</summary>
public sealed class ConnectionTests(Houses houses) : InHouse(houses, postgres: false)
{
    private const int Seed = 20261121;

    [Fact]
    public async Task A_line_that_breaks_200_times_in_one_answer_loses_nothing_and_repeats_nothing()
    {
        await using var house = await House.OpenAsync(TestDatabase.Embedded, new() { ["Agents:Demo:Pause"] = "00:00:00.001" });
        var ada = await house.AddAsync();
        var session = await ada.SessionAsync(await ada.ProjectAsync());
        using var line = new CuttingLine(house.Server.Url);
        using var steady = await ChatReader.OpenAsync(house.Server.Url, ada.Token);
        await steady.AttachedAsync(session);
        await steady.AskAsync("m", session, "count to 100000");
        var run = (string)(await steady.UntilAsync("chunk"))["runId"]!;
        var random = new Random(Seed);
        var known = new Dictionary<string, Transcript> { [session] = new() };
        known[session].Attaching(0);
        var grew = 0;
        for (var cut = 0; cut < 200; cut++)
        {
            // Anywhere in the handshake or in what is known already, or else in a frame or two of what is new.
            var before = known[session].TextOf(run)?.Length ?? 0;
            var old = 1_000 + before;
            line.BytesToCut = random.Next(2) == 0 ? random.Next(1, old) : old + random.Next(800);
            try
            {
                using var reader = await ChatReader.OpenAsync(line.Url, ada.Token, known);
                await reader.ResumeAsync(session);
                await reader.ClosedAsync();
            }
            catch (Exception error) when (error is WebSocketException or InvalidOperationException)
            {
                // Cut before it was attached.
            }

            grew += (known[session].TextOf(run)?.Length ?? 0) > before ? 1 : 0;
        }

        line.BytesToCut = int.MaxValue;
        using var last = await ChatReader.OpenAsync(line.Url, ada.Token, known);
        await last.ResumeAsync(session);
        await last.UntilAsync("chunk");
        await steady.StopAsync(session);
        await last.EndsAsync(session, 1);
        await steady.EndsAsync(session, 1);
        await last.PingAsync();
        Assert.True(grew > 20, $"Only {grew} connections of 200 got anything new");
        Assert.Equal(steady.TextOf(run), last.TextOf(run));
        Assert.Equal(last.TextOf(run), (string)known[session].Messages.Values.Last()["text"]!);
        Assert.Equal(steady.Of(session).Messages.Keys, known[session].Messages.Keys);
        Assert.Single(known[session].Ends);
        Assert.DoesNotContain("fail:", house.Server.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_does_not_read_slows_nobody_costs_little_and_goes_on_later_where_it_was()
    {
        await using var house = await House.OpenAsync(TestDatabase.Embedded, new() { ["Agents:Demo:Pause"] = "0" });
        var ada = await house.AddAsync();
        var session = await ada.SessionAsync(await ada.ProjectAsync());
        using var idle = await ChatReader.OpenAsync(house.Server.Url, ada.Token, receiveBuffer: 4096);
        using var quick = await ChatReader.OpenAsync(house.Server.Url, ada.Token);
        await idle.AttachedAsync(session);
        await quick.AttachedAsync(session);
        var before = Resident(house);
        for (var answer = 1; answer <= 8; answer++)
        {
            // Far more than sockets hold by themselves: each of these is 1.2 MB, chunks and message.
            var clock = Stopwatch.StartNew();
            await quick.AskAsync($"m{answer}", session, "count to 100000");
            await quick.EndsAsync(session, answer);
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(20), $"The answer took {clock.Elapsed}");
        }

        var after = Resident(house);
        Assert.True(after - before < 256L * 1024 * 1024, $"The server grew from {before:N0} to {after:N0} bytes");

        // It is either served on without a gap, which its transcript judges, or it was closed and comes again.
        await idle.TryEndsAsync(session, 8);
        if (idle.Of(session).Ends.Count < 8)
        {
            using var again = await ChatReader.OpenAsync(house.Server.Url, ada.Token, new() { [session] = idle.Of(session) });
            await again.ResumeAsync(session);
            await again.EndsAsync(session, 8);
        }

        Assert.Equal(quick.Of(session).Messages.Keys, idle.Of(session).Messages.Keys);
        Assert.All(quick.Of(session).Ends, end => Assert.Equal("completed", end.Status));

        static long Resident(House house)
        {
            using var process = Process.GetProcessById(house.Server.ProcessId);
            return process.WorkingSet64;
        }
    }

    [Fact]
    public async Task Ten_sessions_at_once_with_two_readers_each_get_their_own_words()
    {
        var (ada, bob) = (await House.AddAsync(), await House.AddAsync());
        var project = await ada.ProjectWithAsync(bob);
        var sessions = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => ada.SessionAsync(project)));

        // One socket for all of them, and one for each.
        using var all = await ChatReader.OpenAsync(House.Server.Url, ada.Token);
        var single = await Task.WhenAll(sessions.Select(async session =>
        {
            var reader = await ChatReader.OpenAsync(House.Server.Url, bob.Page);
            await reader.AttachedAsync(session);
            return reader;
        }));
        foreach (var session in sessions)
        {
            await all.AttachedAsync(session);
        }

        for (var index = 0; index < sessions.Length; index++)
        {
            await single[index].AskAsync("m", sessions[index], $"count to {20 + index}");
            await all.AskAsync($"n-{index}", sessions[index], $"Tell me about {index}");
        }

        for (var index = 0; index < sessions.Length; index++)
        {
            var session = sessions[index];
            await single[index].EndsAsync(session, 2);
            await all.EndsAsync(session, 2);
            var listed = (await ada.Token.GetAsync($"/api/v1/sessions/{session}/messages", [])).Is(200).Json["messages"]!.AsArray();
            foreach (var reader in (ChatReader[])[all, single[index]])
            {
                Assert.Equal(listed.Select(message => (long)message!["seq"]!), reader.Of(session).Messages.Keys);
                Assert.All(reader.Of(session).Ends, end => Assert.Equal("completed", end.Status));
            }

            var answers = listed.Where(message => (string)message!["role"]! == "agent").Select(message => (string)message!["text"]!).ToList();
            Assert.Contains(string.Join(' ', Enumerable.Range(1, 20 + index)), answers.Select(answer => answer.Trim()));
            Assert.Contains(answers, answer => answer.Contains($"Tell me about {index}", StringComparison.Ordinal));
            single[index].Dispose();
        }
    }

    [Fact]
    public async Task Whoever_attaches_and_detaches_in_mid_answer_gets_nothing_in_between()
    {
        var ada = await House.AddAsync();
        var session = await ada.SessionAsync(await ada.ProjectAsync(), "\"message\":\"count to 100000\"");
        using var reader = await ChatReader.OpenAsync(House.Server.Url, ada.Token);
        await reader.AttachedAsync(session, 0);
        for (var round = 0; round < 60; round++)
        {
            // At another moment of the answer each time; the transcript objects to what comes after a detach.
            if (round % 3 == 0)
            {
                await reader.UntilAsync("chunk");
            }

            await reader.DetachedAsync(session);
            await reader.ResumeAsync(session);
            if (round % 2 == 0)
            {
                // Again without a detach: it starts anew.
                await reader.ResumeAsync(session);
            }
        }

        await reader.StopAsync(session);
        await reader.EndsAsync(session, 1);
        Assert.Equal((string)reader.Of(session).Messages.Values.Last()["text"]!, reader.TextOf(reader.Of(session).Ends[0].Run));
    }
}
