import Foundation
import Testing

@Suite struct LayoutTests {
    /// The largest file that may be committed, in bytes.
    private static let sizeLimit = 1_000_000

    @Test func everyServiceHasItsFileItsMainAndItsTests() {
        for name in Repository.folders(in: "Services") {
            let own = Repository.files.filter { $0.hasPrefix("Services/\(name)/") }
            #expect(own.contains("Services/\(name)/\(name)Service.swift"), "of \(name)")
            #expect(own.contains { $0.hasPrefix("Services/\(name)/Main/") }, "of \(name)")
            if name != "Sandbox" {
                #expect(Repository.folders(in: "Tests").contains(name), "tests of \(name)")
            }
        }
    }

    @Test func everyFolderOfTestsBelongsToAModule() {
        let modules = Repository.folders(in: "Shared") + Repository.folders(in: "Services")
        let across = [
            "Contract", "Integration", "EndToEnd", "Tidy", "Benchmarks", "Fuzz", "Torture",
        ]
        for folder in Repository.folders(in: "Tests") {
            #expect((modules + across).contains(folder), "Tests/\(folder) tests nothing")
        }
    }

    @Test func everyModuleOfTestsHasRealTests() {
        // The benchmarks are a program.
        for folder in Repository.folders(in: "Tests") where folder != "Benchmarks" {
            let sources = Repository.sources(in: ["Tests/\(folder)"])
            #expect(
                sources.contains { $0.code.contains { $0.contains("@Test") } },
                "Tests/\(folder) holds no test")
        }
    }

    @Test func migrationsAreNamedSoThatTheyCanBeEmbedded() {
        for file in Repository.files where file.contains("/Migrations/") {
            let name = file.split(separator: "/").last ?? ""
            let parts = name.split(separator: "_", maxSplits: 1)
            #expect(
                name.hasSuffix(".sql") && parts.count == 2 && parts[0].hasPrefix("m")
                    && parts[0].dropFirst().count == 4 && Int(parts[0].dropFirst()) != nil,
                "\(file) is not named like m0001_what_it_does.sql")
        }
    }

    @Test func migrationsOfAServiceAreNumberedWithoutGaps() {
        let folders = Set(
            Repository.files.filter { $0.contains("/Migrations/") }
                .map { $0.split(separator: "/").dropLast().joined(separator: "/") })
        for folder in folders {
            let numbers = Repository.files.filter { $0.hasPrefix(folder + "/") }
                .compactMap { Int($0.dropFirst(folder.count + 2).prefix(4)) }.sorted()
            #expect(numbers == Array(1...numbers.count), "in \(folder)")
        }
    }

    @Test func nothingLargeIsCommitted() throws {
        for file in Repository.files {
            let path = Repository.root.appending(path: file).path
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            let size = (attributes[.size] as? Int) ?? 0
            #expect(size <= Self.sizeLimit, "\(file) has \(size) bytes")
        }
    }

    @Test func namesSayWhatAFileHolds() {
        for file in Repository.files where file.hasSuffix(".swift") {
            let name = file.split(separator: "/").last ?? ""
            for word in ["Util", "Helper", "Manager", "Misc", "Placeholder"] {
                #expect(!name.contains(word), "\(file)")
            }
        }
    }

    @Test func nothingIsLeftForLater() {
        // Written in pieces, so that this file is none of those it looks for.
        let marks = ["TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK"]
        let kinds = ["swift", "sql", "sh", "md", "yml", "yaml", "h"]
        for file in Repository.files
        where kinds.contains(where: { file.hasSuffix("." + $0) }) || file == "Makefile" {
            for (number, line) in Repository.text(file).components(separatedBy: "\n").enumerated() {
                // In quotes it may be data, such as a currency that is none.
                let words = Lexer(line).withoutStrings.split { !$0.isLetter }
                #expect(!words.contains { marks.contains(String($0)) }, "\(file):\(number + 1)")
            }
        }
    }
}
