// Prints the licences of everything that the native program contains: .NET, its packages, SQLite, and the page's packages.
// node scripts/notices.mjs FOLDER-OF-NUGET-PACKAGES
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const packages = process.argv[2];
const forBuildingAlone = ['Microsoft.CodeAnalysis.BannedApiAnalyzers', 'Microsoft.NET.ILLink.Tasks'];

const read = (file) => readFileSync(file, 'utf8').replace(/^\uFEFF/, '').replaceAll('\r\n', '\n').trim();
const licenceFiles = (folder) => readdirSync(folder).filter((name) => /^(licen[cs]e(?!-mpl)|third-party-notices|copying)/i.test(name));

function tell(name, version, licence, holder, folder) {
  console.log(`${'='.repeat(80)}\n${name} ${version}`);
  if (licence) console.log(`Licence: ${licence}`);
  if (holder) console.log(holder);
  for (const file of licenceFiles(folder)) console.log(`\n${read(join(folder, file))}`);
  console.log();
}

function tellPackage(name, version) {
  const folder = join(packages, name.toLowerCase(), version);
  const about = read(join(folder, `${name.toLowerCase()}.nuspec`));
  const tag = (tag) => about.match(new RegExp(`<${tag}[^>]*>([^<]*)<`))?.[1].trim();
  const licence = about.match(/<license type="expression">([^<]*)</)?.[1];
  tell(name, version, licence, tag('copyright') ?? tag('authors'), folder);
}

console.log('Carillon contains the following software.\n');
const { dependencies } = JSON.parse(read(join(root, 'src/Carillon/packages.lock.json')));
for (const [name, { resolved, type }] of Object.entries(Object.assign({}, ...Object.values(dependencies)))) {
  if (type !== 'Project' && !forBuildingAlone.includes(name)) tellPackage(name, resolved);
}

// .NET itself: whichever versions the compiler brought.
for (const name of readdirSync(packages).filter((name) => /^microsoft\.(netcore|aspnetcore)\.app\.runtime(\.nativeaot)?\./.test(name))) {
  tellPackage(name, readdirSync(join(packages, name)).sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1));
}

for (const name of Object.keys(JSON.parse(read(join(root, 'web/package.json'))).dependencies)) {
  const folder = join(root, 'web/node_modules', name);
  const { version, license, author } = JSON.parse(read(join(folder, 'package.json')));
  tell(name, version, license, author?.name ?? author, folder);
}

// Npgsql names this licence and does not bring its text. MIT stands above, with .NET; Apache-2.0 lies beside this file, in LICENSE.
console.log(`${'='.repeat(80)}
PostgreSQL licence

Permission to use, copy, modify, and distribute this software and its documentation for any purpose, without fee, and without a
written agreement is hereby granted, provided that the above copyright notice and this paragraph and the following two paragraphs
appear in all copies.

IN NO EVENT SHALL NPGSQL BE LIABLE TO ANY PARTY FOR DIRECT, INDIRECT, SPECIAL, INCIDENTAL, OR CONSEQUENTIAL DAMAGES, INCLUDING LOST
PROFITS, ARISING OUT OF THE USE OF THIS SOFTWARE AND ITS DOCUMENTATION, EVEN IF NPGSQL HAS BEEN ADVISED OF THE POSSIBILITY OF SUCH
DAMAGE.

NPGSQL SPECIFICALLY DISCLAIMS ANY WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS
FOR A PARTICULAR PURPOSE. THE SOFTWARE PROVIDED HEREUNDER IS ON AN "AS IS" BASIS, AND NPGSQL HAS NO OBLIGATIONS TO PROVIDE
MAINTENANCE, SUPPORT, UPDATES, ENHANCEMENTS, OR MODIFICATIONS.
`);
