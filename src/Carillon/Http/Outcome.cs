using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Carillon.Http;

/// <summary>What was asked for, or the reason why it was refused: exactly one of the two.</summary>
internal readonly struct Outcome<T>
    where T : notnull
{
    private readonly T? _value;

    private Outcome(T? value, Refusal? refusal)
    {
        _value = value;
        Refusal = refusal;
    }

    /// <summary>Null when it was done.</summary>
    public Refusal? Refusal { get; }

    public static implicit operator Outcome<T>(T value) => new(value, null);

    public static implicit operator Outcome<T>(Refusal refusal) => new(default, refusal);

    public bool IsRefused([NotNullWhen(true)] out Refusal? refusal, [NotNullWhen(false)] out T? value)
    {
        (refusal, value) = (Refusal, _value);
        return refusal is not null;
    }

    public Outcome<TNext> Then<TNext>(Func<T, TNext> next)
        where TNext : notnull => IsRefused(out var refusal, out var value) ? refusal : next(value);

    /// <summary>The answer of an endpoint.</summary>
    /// <remarks>Results looks for the answer's description by reflection; a native program keeps only members that are named.</remarks>
    public Results<TAnswer, Refusal> Answer<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicMethods | DynamicallyAccessedMemberTypes.NonPublicMethods)] TAnswer>(
        Func<T, TAnswer> answer)
        where TAnswer : IResult => IsRefused(out var refusal, out var value) ? refusal : answer(value);
}
