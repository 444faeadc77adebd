using Carillon.Http;
using Carillon.Protocol;
using Microsoft.Extensions.Options;

namespace Carillon.Notifications;

public sealed class ActionTargetsTests
{
    private static readonly ActionTargets Targets = new(new Addresses(Options.Create(new ActionsOptions())));

    [Fact]
    public void Only_kinds_that_open_something_elsewhere_have_an_address_and_never_a_route_as_well()
    {
        foreach (var kind in ActionKinds.All)
        {
            var action = new NotificationAction { Id = "a", Kind = kind, Label = "b", Url = "https://github.com/a" };
            Assert.Equal(kind is ActionKinds.OpenPullRequest or ActionKinds.OpenReview or ActionKinds.OpenChecks, Targets.Objection(action) is null);
            Assert.NotNull(Targets.Objection(action with { Route = "/a" }));
        }
    }
}
