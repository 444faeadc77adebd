using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Carillon.Protocol;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Carillon.Http;

/// <summary>
/// The OpenAPI document, made from the endpoints themselves. The page's types come from it, so it says more than the framework
/// knows: which members an answer always has, which words are possible, what an error looks like.
/// </summary>
internal static class Description
{
    private const string Bearer = "bearer";
    private const string Cookie = "cookie";
    private const string ProblemType = "application/problem+json";

    public static void AddDescription(this IServiceCollection services)
    {
        services.AddSingleton<DescriptionDocument>();
        services.AddOpenApi(DescriptionDocument.Name, Describe);
    }

    private static void Describe(OpenApiOptions options)
    {
        var written = new WrittenMembers();
        options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        options.AddSchemaTransformer(written.Note);
        options.AddSchemaTransformer(Complete);
        options.AddOperationTransformer(CompleteAsync);
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info.Title = "Carillon";
            document.Info.Version = "v1";
            document.Info.Description = "Where agents reach people. Errors are application/problem+json with a stable code; errors.md lists the codes.";
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
            {
                [Bearer] = new OpenApiSecurityScheme
                {
                    Type = SecuritySchemeType.Http,
                    Scheme = Bearer,
                    Description = "A token: `car_` and 43 characters. The scopes that an operation needs stand with it.",
                },
                [Cookie] = new OpenApiSecurityScheme
                {
                    Type = SecuritySchemeType.ApiKey,
                    In = ParameterLocation.Cookie,
                    Name = WellKnown.Cookie,
                    Description = "A person's sign-in. What changes something has to come from this server's own pages.",
                },
            };
            written.Require(document);

            // The address of whoever asks says nothing about the interface, and would differ in every copy.
            document.Servers?.Clear();
            return Task.CompletedTask;
        });
    }

    public static void MapDescription(this IEndpointRouteBuilder app) =>
        app.MapGet("/openapi/v1.json", (RequestDelegate)(context => context.RequestServices.GetRequiredService<DescriptionDocument>().AnswerAsync(context)))
            .ExcludeFromDescription();

    private static async Task CompleteAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancel)
    {
        var document = context.Document!;
        if (context.Description.ActionDescriptor.EndpointMetadata.OfType<OptionalBody>().FirstOrDefault() is { } body)
        {
            document.AddComponent(body.Type.Name, await context.GetOrCreateSchemaAsync(body.Type, null, cancel));
            operation.RequestBody = new OpenApiRequestBody
            {
                Content = new Dictionary<string, OpenApiMediaType>
                {
                    ["application/json"] = new() { Schema = new OpenApiSchemaReference(body.Type.Name, document) },
                },
            };
        }

        if (document.Components?.Schemas?.ContainsKey(nameof(Problem)) is not true)
        {
            document.AddComponent(nameof(Problem), await context.GetOrCreateSchemaAsync(typeof(Problem), null, cancel));
        }

        operation.Responses ??= [];
        operation.Responses["default"] = new OpenApiResponse
        {
            Description = "A problem, with a stable code.",
            Content = new Dictionary<string, OpenApiMediaType>
            {
                [ProblemType] = new OpenApiMediaType { Schema = new OpenApiSchemaReference(nameof(Problem), document) },
            },
        };

        foreach (var limit in operation.Parameters?.OfType<OpenApiParameter>().Where(parameter => parameter.Name == "limit") ?? [])
        {
            limit.Description = $"From 1 to {PageSize.Largest}; any other number is taken to the nearest of them.";
            limit.Schema = new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int32", Default = JsonValue.Create(PageSize.Default) };
        }

        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        if (metadata.OfType<IAuthorizeData>().Any() || metadata.OfType<AuthorizationPolicy>().Any())
        {
            var scopes = metadata.OfType<AuthorizationPolicy>().SelectMany(policy => policy.Requirements).OfType<IScoped>()
                .Select(requirement => requirement.Scope).Distinct().ToList();
            operation.Security =
            [
                new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Bearer, document)] = scopes },
                new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Cookie, document)] = [] },
            ];
        }
    }

    private static Task Complete(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancel)
    {
        var type = Nullable.GetUnderlyingType(context.JsonTypeInfo.Type) ?? context.JsonTypeInfo.Type;
        if (type == typeof(DateTimeOffset))
        {
            // Our own converter writes it, so the framework cannot know what comes out.
            schema.Type = JsonSchemaType.String | (type == context.JsonTypeInfo.Type ? 0 : JsonSchemaType.Null);
            schema.Format = "date-time";
        }
        else if (context.JsonTypeInfo.ElementType == typeof(JsonElement) || context.JsonTypeInfo.Properties.Any(property => property.IsExtensionData))
        {
            // Whatever the publisher put there.
            schema.AdditionalPropertiesAllowed = true;
            schema.AdditionalProperties = new OpenApiSchema();
        }

        if (context.JsonPropertyInfo is { } member && ClosedWords.TryGetValue((member.DeclaringType, member.Name), out var words))
        {
            var target = schema.Items as OpenApiSchema ?? schema;
            target.Enum = [.. words.Select(word => (JsonNode)JsonValue.Create(word)!)];
            if (target == schema && schema.Type?.HasFlag(JsonSchemaType.Null) is true)
            {
                target.Enum.Add(JsonNullSentinel.JsonNull);
            }
        }

        return Task.CompletedTask;
    }

    /// <summary>
    /// The possible words of members that take no others, by record and member: the same name may mean something else in another record.
    /// Types of notifications and changes are open, and not here.
    /// </summary>
    private static readonly Dictionary<(Type, string), IReadOnlyList<string>> ClosedWords = new()
    {
        [(typeof(NotificationEvent), "priority")] = Priorities.All,
        [(typeof(PublishNotification), "priority")] = Priorities.All,
        [(typeof(NotificationAction), "kind")] = ActionKinds.All,
        [(typeof(ActionAnswer), "kind")] = ActionKinds.All,
        [(typeof(Session), "activity")] = Activities.All,
        [(typeof(ActivityReport), "activity")] = Activities.All,
        [(typeof(BellChoice), "mode")] = [BellModes.All, BellModes.NeedsMe],
        [(typeof(TakenMessages), "activity")] = Activities.All,
        [(typeof(ChatMessage), "role")] = MessageRoles.All,
        [(typeof(ChatMessage), "status")] = [.. RunStatuses.All, .. MessageStatuses.All],
        [(typeof(RunStep), "status")] = StepStatuses.All,
        [(typeof(AuditEntry), "kind")] = AuditKinds.All,
        [(typeof(AuditEntry), "means")] = AuditMeans.All,
        [(typeof(CurrentPerson), "role")] = Roles.All,
        [(typeof(NewUser), "role")] = Roles.All,
        [(typeof(User), "role")] = Roles.All,
        [(typeof(UserUpdate), "role")] = Roles.All,
        [(typeof(CurrentPerson), "scopes")] = Scopes.All,
        [(typeof(NewToken), "scopes")] = Scopes.All,
        [(typeof(CreatedToken), "scopes")] = Scopes.All,
        [(typeof(Token), "scopes")] = Scopes.All,
        [(typeof(PullRequest), "provider")] = Providers.All,
        [(typeof(PullRequestSubject), "provider")] = Providers.All,
        [(typeof(PullRequest), "state")] = PullRequestStates.All,
        [(typeof(PullRequestReport), "state")] = PullRequestStates.All,
        [(typeof(PullRequest), "checks")] = CheckStates.All,
        [(typeof(PullRequestReport), "checks")] = CheckStates.All,
        [(typeof(PullRequest), "review")] = ReviewStates.All,
        [(typeof(PullRequestReport), "review")] = ReviewStates.All,
    };

    /// <summary>Remembers which members are always written, and makes them required in what only the server writes.</summary>
    private sealed class WrittenMembers
    {
        private readonly ConcurrentDictionary<string, string[]> _members = new();

        public Task Note(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancel)
        {
            if (context.JsonTypeInfo.Kind == JsonTypeInfoKind.Object)
            {
                _members[context.JsonTypeInfo.Type.Name] =
                    [.. context.JsonTypeInfo.Properties.Where(property => !property.IsExtensionData && !MayBeLeftOut(property)).Select(property => property.Name)];
            }

            return Task.CompletedTask;
        }

        public void Require(OpenApiDocument document)
        {
            var schemas = document.Components!.Schemas ?? new Dictionary<string, IOpenApiSchema>();
            var received = new HashSet<string>();
            foreach (var body in document.Paths.Values.SelectMany(path => path.Operations!.Values).Select(operation => operation.RequestBody))
            {
                foreach (var media in body?.Content?.Values ?? [])
                {
                    Collect(media.Schema, schemas, received);
                }
            }

            foreach (var (name, schema) in schemas)
            {
                if (schema is OpenApiSchema own && !received.Contains(name) && _members.TryGetValue(name, out var members))
                {
                    own.Required = members.ToHashSet();

                    // A newer server may say more.
                    own.AdditionalPropertiesAllowed = true;
                }
            }
        }

        private static void Collect(IOpenApiSchema? schema, IDictionary<string, IOpenApiSchema> schemas, HashSet<string> found)
        {
            if (schema is OpenApiSchemaReference { Reference.Id: { } id })
            {
                if (found.Add(id))
                {
                    Collect(schemas[id], schemas, found);
                }

                return;
            }

            foreach (var inner in (schema?.Properties?.Values ?? []).Concat(schema?.OneOf ?? []).Append(schema?.Items))
            {
                if (inner is not null)
                {
                    Collect(inner, schemas, found);
                }
            }
        }

        private static bool MayBeLeftOut(JsonPropertyInfo property) =>
            property.AttributeProvider?.GetCustomAttributes(typeof(JsonIgnoreAttribute), inherit: true) is [JsonIgnoreAttribute { Condition: not JsonIgnoreCondition.Never }, ..];
    }
}

/// <summary>An authorization requirement that is about a token's scope.</summary>
internal interface IScoped
{
    string Scope { get; }
}
