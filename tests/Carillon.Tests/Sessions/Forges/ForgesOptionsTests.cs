namespace Carillon.Sessions.Forges;

public sealed class ForgesOptionsTests
{
    [Theory]
    [InlineData("https://api.github.com", null)]
    [InlineData("https://ghe.example/api/v3/", null)]
    [InlineData("http://127.0.0.1:8080", null)]
    [InlineData("http://localhost:8080/api", null)]
    [InlineData("http://[::1]:8080", null)]
    [InlineData("http://ghe.example", "Forges:GitHub:BaseUrl")]
    [InlineData("http://127.0.0.1.evil.example", "Forges:GitHub:BaseUrl")]
    [InlineData("https://user:password@ghe.example", "Forges:GitHub:BaseUrl")]
    [InlineData("https://ghe.example/?a=b", "Forges:GitHub:BaseUrl")]
    [InlineData("https://ghe.example/#a", "Forges:GitHub:BaseUrl")]
    [InlineData("ftp://ghe.example", "Forges:GitHub:BaseUrl")]
    [InlineData("ghe.example", "Forges:GitHub:BaseUrl")]
    [InlineData("", "Forges:GitHub:BaseUrl")]
    public void The_token_goes_over_https_or_stays_on_this_machine(string url, string? setting) =>
        AssertNames(setting, new ForgesOptions { GitHub = new ForgeOptions { BaseUrl = url } });

    [Theory]
    [InlineData(null, null)]
    [InlineData("", null)]
    [InlineData("github_pat_11ABC", null)]
    [InlineData("a b", "Forges:GitLab:Token")]
    [InlineData("abc\n", "Forges:GitLab:Token")]
    public void A_token_has_no_spaces(string? token, string? setting) =>
        AssertNames(setting, new ForgesOptions { GitLab = new ForgeOptions { BaseUrl = "https://gitlab.com/api/v4", Token = token } });

    [Theory]
    [InlineData(0.05)]
    [InlineData(400)]
    public void Whoever_clicks_does_not_wait_for_ever(double seconds) =>
        AssertNames("Forges:TimeLimit", new ForgesOptions { TimeLimit = TimeSpan.FromSeconds(seconds) });

    private static void AssertNames(string? setting, ForgesOptions options)
    {
        var result = new ForgesOptionsValidator().Validate(null, options);
        Assert.Equal(setting is null, result.Succeeded);
        if (setting is not null)
        {
            Assert.Contains(setting, result.FailureMessage, StringComparison.Ordinal);
        }
    }
}
