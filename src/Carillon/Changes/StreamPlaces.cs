using Microsoft.Extensions.Options;

namespace Carillon.Changes;

/// <summary>
/// How many streams and sockets each person has open on this node. A stream costs the server memory for as long as it is open and its
/// reader next to nothing, so nobody gets as many as they like.
/// </summary>
internal sealed class StreamPlaces(IOptions<StreamsOptions> options)
{
    private readonly Dictionary<string, int> _taken = [];
    private readonly Lock _counting = new();

    /// <summary>A place for one more, to be given back when the stream ends; null when there is none left.</summary>
    public Place? Take(string personId)
    {
        lock (_counting)
        {
            var taken = _taken.GetValueOrDefault(personId);
            if (options.Value.PerPerson is > 0 and var most && taken >= most)
            {
                return null;
            }

            _taken[personId] = taken + 1;
        }

        return new Place(this, personId);
    }

    private void GiveBack(string personId)
    {
        lock (_counting)
        {
            if (--_taken[personId] == 0)
            {
                _taken.Remove(personId);
            }
        }
    }

    /// <summary>One person's place for one stream.</summary>
    public sealed class Place(StreamPlaces places, string personId) : IDisposable
    {
        private StreamPlaces? _places = places;

        public void Dispose() => Interlocked.Exchange(ref _places, null)?.GiveBack(personId);
    }
}
