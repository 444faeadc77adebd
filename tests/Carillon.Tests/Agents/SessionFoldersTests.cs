using System.Runtime.Versioning;

namespace Carillon.Agents;

[UnsupportedOSPlatform("windows")]
public sealed class SessionFoldersTests : IDisposable
{
    private readonly Workshop _workshop = new();
    private readonly SessionFolders _folders;
    private readonly string _code;

    public SessionFoldersTests()
    {
        _folders = new SessionFolders(Path.Combine(_workshop.Folder, "data"), _workshop.Options);
        _code = Directory.CreateDirectory(Path.Combine(_workshop.Folder, "code")).FullName;
        Directory.CreateDirectory(Path.Combine(_code, "shop", "src"));
        Directory.CreateDirectory(Path.Combine(_workshop.Folder, "codex"));
        Directory.CreateSymbolicLink(Path.Combine(_code, "out"), "../codex");
        Directory.CreateSymbolicLink(Path.Combine(_code, "in"), "shop");
        Directory.CreateSymbolicLink(Path.Combine(_code, "round"), "round");
        Directory.CreateSymbolicLink(Path.Combine(_workshop.Folder, "link"), _code);
        File.WriteAllText(Path.Combine(_code, "file"), "");
    }

    public void Dispose() => _workshop.Dispose();

    [Fact]
    public void Each_session_has_a_folder_that_only_the_server_reads()
    {
        var folder = _folders.Own("ses_1");
        Assert.Equal(Path.Combine(_workshop.Folder, "data-sessions", "ses_1"), folder);
        foreach (var made in new[] { folder, Path.GetDirectoryName(folder)! })
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(made));
        }

        Assert.Equal(folder, _folders.Own("ses_1"));
    }

    [Fact]
    public void A_folder_from_before_they_had_a_place_of_their_own_goes_on_to_be_used()
    {
        var earlier = Directory.CreateDirectory(Path.Combine(_workshop.Folder, "data", "sessions", "ses_1")).FullName;
        Assert.Equal(earlier, _folders.Own("ses_1"));
        Assert.Equal(Path.Combine(_workshop.Folder, "data-sessions", "ses_2"), _folders.Own("ses_2"));
    }

    [Fact]
    public void An_operator_says_where_they_are_and_what_keeps_them_from_being_made_is_told()
    {
        _workshop.Settings.Home = Path.Combine(_workshop.Folder, "elsewhere");
        Assert.Equal(Path.Combine(_workshop.Folder, "elsewhere", "ses_1"), new SessionFolders(Path.Combine(_workshop.Folder, "data"), _workshop.Options).Own("ses_1"));
        _workshop.Settings.Home = Path.Combine(_code, "file");
        var folders = new SessionFolders(Path.Combine(_workshop.Folder, "data"), _workshop.Options);
        Assert.Contains("Agents:Home", Assert.Throws<AgentFailedException>(() => folders.Own("ses_1")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("")]
    public void An_id_is_no_path(string id) => Assert.Throws<ArgumentException>(() => _folders.Own(id));

    [Theory]
    [InlineData("code", "code")]
    [InlineData("code/", "code")]
    [InlineData("code/shop/src", "code/shop/src")]
    [InlineData("code/in/src", "code/shop/src")]
    [InlineData("link/shop", "code/shop")]
    [InlineData("code/shop/../shop", "code/shop")]
    public void A_folder_under_an_allowed_one_may_be_given(string wanted, string real)
    {
        _workshop.Settings.Folders = [Path.Combine(_workshop.Folder, "link")];
        Assert.Equal(Path.Combine(_workshop.Folder, real), _folders.Find(Path.Combine(_workshop.Folder, wanted), out var objection));
        Assert.Null(objection);
    }

    [Theory]
    [InlineData("codex")]
    [InlineData("code/out")]
    [InlineData("code/round")]
    [InlineData("code/file")]
    [InlineData("code/missing")]
    [InlineData("code/../codex")]
    [InlineData("code\0")]
    [InlineData("")]
    public void Any_other_may_not(string wanted)
    {
        _workshop.Settings.Folders = [_code];
        Assert.Null(_folders.Find(Path.Combine(_workshop.Folder, wanted), out var objection));
        Assert.Equal("There is no such folder under those that sessions may be given.", objection);
        Assert.Null(_folders.Find("code", out _));
    }

    [Fact]
    public void The_folder_of_the_server_may_not_be_given()
    {
        _workshop.Settings.Folders = [_workshop.Folder];
        Assert.Null(_folders.Find(_folders.Own("ses_1"), out _));
        Assert.NotNull(_folders.Find(_code, out _));
    }

    [Fact]
    public void Without_allowed_folders_none_may_be_given()
    {
        Assert.Null(_folders.Find(_code, out var objection));
        Assert.Contains("Agents:Folders", objection, StringComparison.Ordinal);
    }
}
