using System.Collections.Immutable;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Carillon;

/// <summary>
/// The arrows between the rooms of the house. What is not in this map is a design decision: it changes the map in the same commit.
/// </summary>
public sealed class ArchitectureTests
{
    // Accounts holds projects too: visibility is made of people and projects.
    private static readonly Dictionary<string, string[]> Arrows = new()
    {
        ["Http"] = [],
        ["Storage"] = [],
        ["Web"] = ["Http"], // What is not a page is refused like everything else that is not there.
        ["Changes"] = ["Storage"],
        ["Accounts"] = ["Changes", "Storage", "Http"],
        ["Notifications"] = ["Accounts", "Changes", "Storage", "Http"],
        ["Sessions"] = ["Accounts", "Changes", "Storage", "Http"],
        ["Agents"] = ["Accounts", "Http"],
        ["Runs"] = ["Agents", "Sessions", "Accounts", "Changes", "Storage", "Http"],
        ["Conversations"] = ["Runs", "Agents", "Sessions", "Accounts", "Changes", "Storage", "Http"],
        ["Events"] = ["Accounts", "Changes", "Http"],
    };

    // These put the rooms together or serve them all: they see everything, and nothing points back at them. The empty name stands
    // for the files beside the folders.
    private static readonly string[] Everything = ["", "Cli"];

    private static readonly Dictionary<int, OpCode> Instructions = typeof(OpCodes).GetFields()
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => (int)(ushort)code.Value);

    private static readonly Lazy<HashSet<(string From, string To, string Where)>> Found = new(ReadArrows);

    [Fact]
    public void Every_folder_is_on_the_map()
    {
        var folders = Found.Value.SelectMany(arrow => (string[])[arrow.From, arrow.To]).Distinct().Order();

        Assert.Equal(Arrows.Keys.Concat(Everything).Order(), folders);
    }

    [Fact]
    public void Every_arrow_between_folders_is_on_the_map()
    {
        var unknown = Found.Value
            .Where(arrow => !Everything.Contains(arrow.From) && arrow.From != arrow.To && !(Arrows.GetValueOrDefault(arrow.From)?.Contains(arrow.To) ?? false))
            .Select(arrow => $"{arrow.From} -> {arrow.To} ({arrow.Where})");

        Assert.Empty(unknown);
    }

    [Fact]
    public void Every_arrow_on_the_map_is_there_for_a_reason()
    {
        var unused = Arrows.SelectMany(room => room.Value.Select(to => (From: room.Key, To: to)))
            .Where(arrow => !Found.Value.Any(found => (found.From, found.To) == arrow))
            .Select(arrow => $"{arrow.From} -> {arrow.To}");

        Assert.Empty(unused);
    }

    // STYLE.md "Names" has the words that are used instead.
    [Theory]
    [InlineData("Store")]
    [InlineData("Records")]
    [InlineData("Manager")]
    [InlineData("Helper")]
    [InlineData("Helpers")]
    [InlineData("Utils")]
    [InlineData("Service")]
    [InlineData("Info")]
    public void No_type_is_called_by_a_word_that_says_nothing(string word)
    {
        var found = typeof(CarillonApp).Assembly.GetTypes().Concat(typeof(Protocol.CarillonJson).Assembly.GetTypes())
            .Where(type => !type.Name.StartsWith('<') && type.Name.EndsWith(word, StringComparison.Ordinal)
                && type.Namespace?.StartsWith(nameof(Carillon), StringComparison.Ordinal) is true)
            .Select(type => type.FullName);

        Assert.Empty(found);
    }

    [Theory]
    [InlineData("Table")]
    [InlineData("Rules")]
    [InlineData("Endpoints")]
    [InlineData("Row")]
    [InlineData("Module")]
    public void A_type_with_a_word_of_the_list_is_what_the_list_says(string word)
    {
        var types = typeof(CarillonApp).Assembly.GetTypes().Where(type => type is { IsNested: false } && type.Name.EndsWith(word, StringComparison.Ordinal)
            && type.Namespace?.StartsWith(nameof(Carillon), StringComparison.Ordinal) is true).ToList();

        Assert.NotEmpty(types);
        Assert.All(types, type => Assert.True(IsWhatItSays(type, word), $"{type.FullName} is no {word}: STYLE.md, Names"));
    }

    private static bool IsWhatItSays(Type type, string word) => word switch
    {
        "Module" or "Endpoints" => type is { IsAbstract: true, IsSealed: true },
        "Rules" => type.IsSealed,
        _ => type is { IsAbstract: false, IsSealed: true },
    };

    [Fact]
    public void The_map_has_no_circle()
    {
        var placed = new HashSet<string>();
        while (Arrows.Keys.Where(room => !placed.Contains(room) && Arrows[room].All(placed.Contains)).ToList() is { Count: > 0 } next)
        {
            placed.UnionWith(next);
        }

        Assert.Empty(Arrows.Keys.Except(placed));
    }

    /// <summary>Every use of a type of one room in another: in signatures, fields, attributes and the bodies of methods.</summary>
    private static HashSet<(string From, string To, string Where)> ReadArrows()
    {
        using var file = new PEReader(File.OpenRead(typeof(CarillonApp).Assembly.Location));
        var metadata = file.GetMetadataReader();
        var rooms = new RoomsOfTypes(metadata);
        var arrows = new HashSet<(string, string, string)>();
        foreach (var handle in metadata.TypeDefinitions)
        {
            if (rooms.Of(handle).SingleOrDefault() is { } from)
            {
                var name = metadata.GetString(metadata.GetTypeDefinition(handle).Name);
                arrows.UnionWith(UsesOf(metadata.GetTypeDefinition(handle), file, metadata, rooms).Append(from).Select(to => (from, to, name)));
            }
        }

        return arrows;
    }

    private static IEnumerable<string> UsesOf(TypeDefinition type, PEReader file, MetadataReader metadata, RoomsOfTypes rooms)
    {
        List<IEnumerable<string>> uses =
        [
            rooms.Of(type.BaseType),
            .. type.GetInterfaceImplementations().Select(one => rooms.Of(metadata.GetInterfaceImplementation(one).Interface)),
            .. type.GetCustomAttributes().Select(one => rooms.Of(metadata.GetCustomAttribute(one).Constructor)),
            .. type.GetFields().Select(one => metadata.GetFieldDefinition(one).DecodeSignature(rooms, null)),
            .. ConstraintsOf(type.GetGenericParameters()),
        ];
        foreach (var method in type.GetMethods().Select(metadata.GetMethodDefinition))
        {
            var signature = method.DecodeSignature(rooms, null);
            uses.Add(signature.ReturnType);
            uses.AddRange(signature.ParameterTypes);
            uses.AddRange(method.GetCustomAttributes().Select(one => rooms.Of(metadata.GetCustomAttribute(one).Constructor)));
            uses.AddRange(ConstraintsOf(method.GetGenericParameters()));
            if (method.RelativeVirtualAddress == 0)
            {
                continue;
            }

            var body = file.GetMethodBody(method.RelativeVirtualAddress);
            uses.AddRange(body.ExceptionRegions.Select(region => rooms.Of(region.CatchType)));
            uses.AddRange(Named(body.GetILReader()).Select(rooms.Of));
            if (!body.LocalSignature.IsNil)
            {
                uses.AddRange(metadata.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(rooms, null));
            }
        }

        return uses.SelectMany(use => use);

        IEnumerable<IEnumerable<string>> ConstraintsOf(GenericParameterHandleCollection parameters) =>
            parameters.SelectMany(one => metadata.GetGenericParameter(one).GetConstraints())
                .Select(one => rooms.Of(metadata.GetGenericParameterConstraint(one).Type));
    }

    /// <summary>The types, methods and fields that instructions name.</summary>
    private static List<EntityHandle> Named(BlobReader code)
    {
        var named = new List<EntityHandle>();
        while (code.RemainingBytes > 0)
        {
            int value = code.ReadByte();
            switch (Instructions[value == 0xFE ? 0xFE00 | code.ReadByte() : value].OperandType)
            {
                case OperandType.InlineType or OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineTok:
                    named.Add(MetadataTokens.EntityHandle(code.ReadInt32()));
                    break;
                case OperandType.InlineNone:
                    break;
                case OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar:
                    code.Offset += 1;
                    break;
                case OperandType.InlineVar:
                    code.Offset += 2;
                    break;
                case OperandType.InlineI8 or OperandType.InlineR:
                    code.Offset += 8;
                    break;
                case OperandType.InlineSwitch:
                    var targets = code.ReadInt32();
                    code.Offset += 4 * targets;
                    break;
                default:
                    code.Offset += 4;
                    break;
            }
        }

        return named;
    }

    /// <summary>
    /// Which rooms a type, a member or a signature speaks of. The room is the part of the namespace behind the product's name; other
    /// assemblies are no rooms.
    /// </summary>
    private sealed class RoomsOfTypes(MetadataReader metadata) : ISignatureTypeProvider<IEnumerable<string>, object?>
    {
        public IEnumerable<string> Of(EntityHandle handle) => handle.IsNil ? [] : handle.Kind switch
        {
            HandleKind.TypeDefinition => OfDefinition((TypeDefinitionHandle)handle),
            HandleKind.TypeSpecification => metadata.GetTypeSpecification((TypeSpecificationHandle)handle).DecodeSignature(this, null),
            HandleKind.MethodDefinition => OfDefinition(metadata.GetMethodDefinition((MethodDefinitionHandle)handle).GetDeclaringType()),
            HandleKind.FieldDefinition => OfDefinition(metadata.GetFieldDefinition((FieldDefinitionHandle)handle).GetDeclaringType()),
            HandleKind.MethodSpecification => OfGeneric(metadata.GetMethodSpecification((MethodSpecificationHandle)handle)),
            HandleKind.MemberReference => OfReference(metadata.GetMemberReference((MemberReferenceHandle)handle)),
            _ => [],
        };

        public IEnumerable<string> GetArrayType(IEnumerable<string> elementType, ArrayShape shape) => elementType;

        public IEnumerable<string> GetByReferenceType(IEnumerable<string> elementType) => elementType;

        public IEnumerable<string> GetFunctionPointerType(MethodSignature<IEnumerable<string>> signature) =>
            [.. signature.ReturnType, .. signature.ParameterTypes.SelectMany(type => type)];

        public IEnumerable<string> GetGenericInstantiation(IEnumerable<string> genericType, ImmutableArray<IEnumerable<string>> typeArguments) =>
            [.. genericType, .. typeArguments.SelectMany(type => type)];

        public IEnumerable<string> GetGenericMethodParameter(object? genericContext, int index) => [];

        public IEnumerable<string> GetGenericTypeParameter(object? genericContext, int index) => [];

        public IEnumerable<string> GetModifiedType(IEnumerable<string> modifier, IEnumerable<string> unmodifiedType, bool isRequired) => [.. modifier, .. unmodifiedType];

        public IEnumerable<string> GetPinnedType(IEnumerable<string> elementType) => elementType;

        public IEnumerable<string> GetPointerType(IEnumerable<string> elementType) => elementType;

        public IEnumerable<string> GetPrimitiveType(PrimitiveTypeCode typeCode) => [];

        public IEnumerable<string> GetSZArrayType(IEnumerable<string> elementType) => elementType;

        public IEnumerable<string> GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) => OfDefinition(handle);

        public IEnumerable<string> GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind) => [];

        public IEnumerable<string> GetTypeFromSpecification(MetadataReader reader, object? genericContext, TypeSpecificationHandle handle, byte rawTypeKind) =>
            reader.GetTypeSpecification(handle).DecodeSignature(this, genericContext);

        private string[] OfDefinition(TypeDefinitionHandle handle)
        {
            var type = metadata.GetTypeDefinition(handle);
            while (type.GetDeclaringType() is { IsNil: false } outer)
            {
                type = metadata.GetTypeDefinition(outer);
            }

            // Generated code has namespaces of its own, and belongs to nobody.
            return metadata.GetString(type.Namespace).Split('.') switch
            {
                ["Carillon"] => [string.Empty],
                ["Carillon", var room, ..] => [room],
                _ => [],
            };
        }

        private IEnumerable<string> OfGeneric(MethodSpecification method) =>
            [.. Of(method.Method), .. method.DecodeSignature(this, null).SelectMany(type => type)];

        private IEnumerable<string> OfReference(MemberReference member) =>
        [
            .. Of(member.Parent),
            .. member.GetKind() == MemberReferenceKind.Field
                ? member.DecodeFieldSignature(this, null)
                : GetFunctionPointerType(member.DecodeMethodSignature(this, null)),
        ];
    }
}
