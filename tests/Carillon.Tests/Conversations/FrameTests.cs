using System.Net.WebSockets;
using System.Text;
using Carillon.Accounts;
using Carillon.Http;

namespace Carillon.Conversations;

/// <summary>What a socket makes of frames that are not right.</summary>
public abstract class FrameTests(Houses houses, bool postgres) : InHouse(houses, postgres)
{
    private const int LargestFrame = 64 * 1024;

    [Fact]
    public async Task A_pasted_log_goes_in_one_piece()
    {
        var ada = await House.AddAsync();
        var session = await ada.SessionAsync(await ada.ProjectAsync());
        using var reader = await ChatReader.OpenAsync(House.Server.Url, ada.Token);
        await reader.AttachedAsync(session);
        await reader.AskAsync("log", session, new string('x', 65_000));
        await reader.EndsAsync(session, 1);

        var path = $"/api/v1/sessions/{session}/messages";
        (await ada.Token.PostAsync(path, $$"""{"id":"most","message":"{{new string('x', 65_536)}}"}""")).Is(201);
        (await ada.Token.PostAsync(path, $$"""{"id":"more","message":"{{new string('x', 65_537)}}"}""")).IsProblem(400, "INVALID_MESSAGE").Names("65536");
    }

    [Fact]
    public async Task Each_wrong_frame_gets_one_error_and_the_socket_stays_open()
    {
        var ada = await House.AddAsync();
        var session = await ada.SessionAsync(await ada.ProjectAsync());
        using var reader = await ChatReader.OpenAsync(House.Server.Url, ada.Token);
        string[] invalid =
        [
            "", " ", "{", "null", "[]", "[{\"type\":\"ping\"}]", "\"ping\"", "42", "{}", "nonsense", "{'type':'ping'}", """{"type":"ping"}{"type":"ping"}""",
            """{"type":null}""", """{"type":5}""", """{"type":["ping"]}""", """{"type":"PING"}""", """{"type":"pong"}""", """{"type":"attached"}""",
            """{"sessionId":"x"}""", """{"type":"attach"}""", """{"type":"attach","sessionId":null}""", """{"type":"attach","sessionId":7}""",
            """{"type":"attach","sessionId":"x","after":-1}""", """{"type":"attach","sessionId":"x","after":1.5}""", """{"type":"attach","sessionId":"x","after":"1"}""",
            """{"type":"attach","sessionId":"x","after":9223372036854775808}""", """{"type":"attach","sessionId":"\ud800"}""",
            """{"type":"stop"}""", """{"type":"chat_request"}""", """{"type":"chat_request","sessionId":"x"}""", """{"type":"chat_request","id":"m","sessionId":"x"}""",
            """{"type":"chat_request","id":"m","message":"x"}""", """{"type":"chat_request","sessionId":"x","message":"x"}""",
            """{"type":"chat_request","id":{},"sessionId":"x","message":"x"}""", Nested(1_000), Nested(30_000),
        ];
        foreach (var frame in invalid)
        {
            await RefusedAsync(reader, frame, "INVALID_FRAME");
        }

        foreach (var (id, message) in new[] { ("", "x"), (" ", "x"), ("a\\nb", "x"), (new string('x', 129), "x"), ("m", ""), ("m", " \\n"), ("m", "a\\u0000b"), ("m", "\\u001b[2J") })
        {
            await RefusedAsync(reader, $$"""{"type":"chat_request","id":"{{id}}","sessionId":"{{session}}","message":"{{message}}"}""", "INVALID_MESSAGE");
        }

        foreach (var unknown in (string[])["nothing", "", " ", "a\\u0000b", "\\uffff", "'; --", new string('x', 10_000)])
        {
            await RefusedAsync(reader, $$"""{"type":"attach","sessionId":"{{unknown}}"}""", "SESSION_NOT_FOUND");
            await RefusedAsync(reader, $$"""{"type":"stop","sessionId":"{{unknown}}"}""", "SESSION_NOT_FOUND");
            await RefusedAsync(reader, $$"""{"type":"chat_request","id":"m","sessionId":"{{unknown}}","message":"x"}""", "SESSION_NOT_FOUND");
        }

        await reader.SendAsync([1, 2, 3], WebSocketMessageType.Binary);
        await IsOneErrorAsync(reader, "INVALID_FRAME");
        await reader.SendAsync(Encoding.UTF8.GetBytes("""{"type":"ping"}"""), WebSocketMessageType.Binary);
        await IsOneErrorAsync(reader, "INVALID_FRAME");
        foreach (var size in (int[])[LargestFrame + 1, 2 * LargestFrame, 900 * 1024])
        {
            await RefusedAsync(reader, Padded(size), "FRAME_TOO_LARGE");
        }

        // What is right is taken all the same.
        await reader.SendAsync(Padded(LargestFrame));
        await reader.NextAsync("pong");
        await reader.SendAsync("""{"type":"ping","mood":{"of":["somebody","else's",{"client":1}]}}""");
        await reader.NextAsync("pong");
        await reader.AttachedAsync(session);
        await reader.AskAsync("m", session, "count to 2");
        await reader.EndsAsync(session, 1);
    }

    [Fact]
    public async Task A_frame_in_pieces_is_one_frame()
    {
        var ada = await House.AddAsync();
        using var reader = await ChatReader.OpenAsync(House.Server.Url, ada.Token);
        await reader.SendInPiecesAsync("""{"type":"ping"}""", 1);
        await reader.NextAsync("pong");
        await reader.SendInPiecesAsync(Padded(LargestFrame), 1_000);
        await reader.NextAsync("pong");
        await reader.SendInPiecesAsync(Padded(LargestFrame + 1), 1_000);
        await IsOneErrorAsync(reader, "FRAME_TOO_LARGE");
    }

    [Fact]
    public async Task What_is_no_text_ends_the_socket()
    {
        var ada = await House.AddAsync();
        using var reader = await ChatReader.OpenAsync(House.Server.Url, ada.Token);
        await reader.SendAsync([.. "{\"type\":\"ping\",\"x\":\""u8, 0xff, .. "\"}"u8], WebSocketMessageType.Text);
        Assert.Equal((int)WebSocketCloseStatus.InvalidPayloadData, await reader.ClosedAsync());
    }

    [Fact]
    public async Task A_frame_of_more_than_a_mebibyte_ends_the_socket_and_says_why()
    {
        var ada = await House.AddAsync();
        using var reader = await ChatReader.OpenAsync(House.Server.Url, ada.Token);
        var closed = reader.ClosedAsync();
        await reader.TrySendAsync(Padded(8 * 1024 * 1024));
        Assert.Equal((int)WebSocketCloseStatus.MessageTooBig, await closed);
    }

    [Fact]
    public async Task A_flood_of_frames_ends_the_socket_and_says_why()
    {
        var ada = await House.AddAsync();
        using var reader = await ChatReader.OpenAsync(House.Server.Url, ada.Token);
        var closed = reader.ClosedAsync();
        for (var frame = 0; frame < 9_000 && await reader.TrySendAsync("""{"type":"ping"}"""); frame++)
        {
        }

        Assert.Equal(4429, await closed);
        Assert.Equal(3_000, reader.Frames.Count(frame => (string)frame["type"]! == "pong"));
    }

    [Fact]
    public async Task A_socket_follows_64_sessions_and_is_told_so_of_the_next()
    {
        var ada = await House.AddAsync();
        var project = await ada.ProjectAsync();
        var sessions = await Task.WhenAll(Enumerable.Range(0, 65).Select(_ => ada.SessionAsync(project)));
        using var reader = await ChatReader.OpenAsync(House.Server.Url, ada.Token);
        foreach (var session in sessions[..64])
        {
            await reader.AttachedAsync(session);
        }

        await RefusedAsync(reader, $$"""{"type":"attach","sessionId":"{{sessions[64]}}"}""", "TOO_MANY_ATTACHED");

        // The same one again is no more; and who leaves one may take another.
        await reader.AttachedAsync(sessions[0]);
        await reader.DetachedAsync(sessions[0]);
        await reader.AttachedAsync(sessions[64]);
        await reader.AskAsync("m", sessions[64], "count to 1");
        await reader.EndsAsync(sessions[64], 1);
        await reader.SendAsync("""{"type":"detach"}""");
        await reader.PingAsync();
        foreach (var session in sessions)
        {
            reader.Of(session).Detached();
        }

        await reader.AskAsync("n", sessions[64], "count to 1");
        await ada.Token.UntilAsync($"/api/v1/sessions/{sessions[64]}/messages", list => list["messages"]!.AsArray().Count == 4);
        await reader.PingAsync();
    }

    private static async Task RefusedAsync(ChatReader reader, string frame, string code)
    {
        await reader.SendAsync(frame);
        await IsOneErrorAsync(reader, code, frame);
    }

    /// <summary>What comes next is the error, and behind it nothing but the answer to a ping.</summary>
    private static async Task IsOneErrorAsync(ChatReader reader, string code, string frame = "")
    {
        await reader.SendAsync("""{"type":"ping"}""");
        var error = await reader.TryNextAsync();
        Assert.True(error is not null, $"The socket was closed ({reader.CloseStatus}) by {Cut(frame)}");
        Assert.True((string)error["type"]! == "error" && (string)error["code"]! == code, $"{code} was expected for {Cut(frame)}: {error.ToJsonString()}");
        Assert.NotEmpty((string)error["message"]!);
        await reader.NextAsync("pong");
    }

    private static string Cut(string frame) => frame.Length > 100 ? frame[..100] : frame;

    private static string Nested(int depth) => $$"""{"type":"ping","x":{{new string('[', depth)}}{{new string(']', depth)}}}""";

    private static string Padded(int size) => $$"""{"type":"ping","x":"{{new string('x', size - """{"type":"ping","x":""}""".Length)}}"}""";
}

[AlsoNative]
public sealed class FrameTestsOnSqlite(Houses houses) : FrameTests(houses, postgres: false);

public sealed class FrameTestsOnPostgres(Houses houses) : FrameTests(houses, postgres: true);
