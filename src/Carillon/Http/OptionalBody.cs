namespace Carillon.Http;

/// <summary>The body that an endpoint takes and can do without.</summary>
internal sealed record OptionalBody(Type Type);
