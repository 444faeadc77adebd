using Carillon.Accounts;

[assembly: AssemblyFixture(typeof(Houses))]
