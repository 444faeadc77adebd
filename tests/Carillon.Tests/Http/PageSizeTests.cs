namespace Carillon.Http;

public sealed class PageSizeTests
{
    [Theory]
    [InlineData("1", 1)]
    [InlineData("500", 500)]
    [InlineData("501", 500)]
    [InlineData("0", 1)]
    [InlineData("-5", 1)]
    [InlineData("9999", 500)]
    [InlineData("99999999999999999999999999", 500)]
    [InlineData("-99999999999999999999999999", 1)]
    [InlineData("abc", null)]
    [InlineData("", null)]
    [InlineData("-", null)]
    [InlineData("--1", null)]
    [InlineData("1.5", null)]
    [InlineData("٣", null)]
    [InlineData(null, null)]
    public void Any_number_is_taken_to_the_nearest_possible_one(string? text, int? rows) =>
        Assert.Equal(rows, PageSize.TryParse(text, out var size) ? size.Rows : null);
}
