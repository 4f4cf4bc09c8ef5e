import Testing

/// Who may know whom. `docs/ARCHITECTURE.md` explains it.
@Suite struct DirectionTests {
    private static let shared: [String: Set<String>] = [
        "EventTypes": [],
        "JSON": ["EventTypes"],
        "Runtime": ["EventTypes", "JSON", "CLibEvent", "CTLS"],
        "HTTP": ["EventTypes", "JSON", "Runtime", "CHTTPParser"],
        "Database": ["EventTypes", "Runtime", "CPostgres"],
        "Bus": ["EventTypes", "Runtime", "CKafka"],
        "Crypto": ["EventTypes", "JSON", "Runtime", "COpenSSL", "CArgon2"],
        "EventStore": ["EventTypes", "JSON", "Runtime", "Database", "Bus"],
        "ServiceKit": [
            "EventTypes", "JSON", "Runtime", "HTTP", "Database", "Bus", "Crypto", "EventStore",
        ],
        "TestSupport": [
            "EventTypes", "JSON", "Runtime", "HTTP", "Database", "Bus", "Crypto", "EventStore",
            "ServiceKit",
        ],
    ]
    /// What every target may import: the toolchain's own modules, apart from Foundation.
    private static let toolchain: Set<String> = [
        "Swift", "Glibc", "Synchronization", "RegexBuilder",
    ]
    /// What a service may import besides.
    private static let service: Set<String> = [
        "EventTypes", "JSON", "Runtime", "HTTP", "Database", "Bus", "Crypto", "EventStore",
        "ServiceKit",
    ]
    /// The parts of a service, each with the parts that it must not mention.
    private static let above: [String: [String]] = [
        "Domain": ["Commands", "Projections", "Policies", "Routes", "Main", ""],
        "Commands": ["Routes", "Main", ""],
        "Projections": ["Commands", "Routes", "Main", ""],
        "Policies": ["Routes", "Main", ""],
        "Routes": ["Main", ""],
    ]

    @Test(arguments: Repository.folders(in: "Shared").filter { $0 != "C" })
    func aSharedModuleImportsOnlyWhatStandsBelowIt(module: String) throws {
        let allowed = try #require(
            Self.shared[module], "say in DirectionTests what \(module) may import")
        for source in Repository.sources(in: ["Shared/\(module)"]) {
            var foreign = Set(source.imports).subtracting(allowed).subtracting(Self.toolchain)
            // It is used by tests only.
            if module == "TestSupport" { foreign.subtract(["Foundation", "Testing"]) }
            #expect(foreign.isEmpty, "\(source.path) imports \(foreign.sorted())")
        }
    }

    @Test(arguments: Repository.folders(in: "Services"))
    func aServiceImportsSharedModulesAndNoOtherService(name: String) {
        for source in Repository.sources(in: ["Services/\(name)"]) {
            var allowed = Self.service.union(Self.toolchain)
            if source.module.hasSuffix("/Main") { allowed.insert("\(name)Service") }
            let foreign = Set(source.imports).subtracting(allowed).filter { !isCModule($0) }
            #expect(foreign.isEmpty, "\(source.path) imports \(foreign.sorted())")
        }
    }

    @Test(arguments: Repository.folders(in: "Services"))
    func aDomainIsPure(name: String) {
        for source in Repository.sources(in: ["Services/\(name)/Domain"]) {
            let foreign = Set(source.imports).subtracting(["EventTypes"])
            #expect(foreign.isEmpty, "\(source.path) imports \(foreign.sorted())")
            for word in ["async", "await", "SystemClock", "SystemRandom", "Task"] {
                #expect(
                    !source.code.contains { mentions(word, in: $0) },
                    "\(source.path) has \(word) in it: the domain neither waits nor asks the system"
                )
            }
        }
    }

    @Test(arguments: Repository.folders(in: "Services"))
    func aPartOfAServiceKnowsNothingOfThePartsAboveIt(name: String) {
        let owners = declaredTypes(ofService: name)
        for (part, forbidden) in Self.above {
            for source in Repository.sources(in: ["Services/\(name)/\(part)"]) {
                let words = Set(source.code.flatMap(identifiers))
                for word in words {
                    guard let owner = owners[word], owner != part else { continue }
                    #expect(
                        !forbidden.contains(owner),
                        "\(source.path) uses \(word), which \(owner.isEmpty ? "the service itself" : owner) declares"
                    )
                }
            }
        }
    }

    @Test func everyCModuleHasOneImporter() {
        for module in Repository.folders(in: "Shared/C") {
            let importers = Repository.sources(in: ["Shared", "Services"])
                .filter { $0.imports.contains(module) }.map(\.module)
            #expect(
                Set(importers).count <= 1, "\(module) is imported by \(Set(importers).sorted())")
        }
    }

    @Test func testsOfOneServiceKnowNoOther() {
        // These look at several services on purpose.
        let across: Set = ["EndToEnd", "Contract", "Integration", "Wallet", "Fuzz"]
        for source in Repository.sources(in: ["Tests"]) where !across.contains(source.module) {
            let services = source.imports.filter { $0.hasSuffix("Service") }
            #expect(
                services.allSatisfy { $0 == "\(source.module)Service" },
                "\(source.path) imports \(services)")
        }
    }

    @Test func tasksAreStartedWhereTheyAreSupervised() {
        // Connections are tasks of their own by design: the server waits for them when it stops.
        let allowed = ["Shared/Runtime/", "Shared/HTTP/", "Shared/TestSupport/"]
        for source in Repository.sources(in: ["Shared", "Services"]) {
            if allowed.contains(where: source.path.hasPrefix) { continue }
            for (number, line) in source.code.enumerated() where startsTask(line) {
                Issue.record("\(source.path):\(number + 1) starts a task that nobody waits for")
            }
        }
    }

    private func startsTask(_ line: String) -> Bool {
        let words = identifiers(line)
        let starts = ["Task {", "Task.detached", "Task(executorPreference", "Task(priority"]
        return words.contains("Task") && starts.contains { line.contains($0) }
    }

    /// The types that a service declares, each with the part that declares it; a name that several
    /// parts declare belongs to none.
    private func declaredTypes(ofService name: String) -> [String: String] {
        var owners: [String: String] = [:]
        var shared: Set<String> = []
        for source in Repository.sources(in: ["Services/\(name)"]) {
            let folders = source.path.split(separator: "/").dropFirst(2).dropLast().map(String.init)
            let part = folders.first ?? ""
            // Other folders, such as a renderer, stand beside these parts.
            guard part.isEmpty || part == "Main" || Self.above[part] != nil else { continue }
            for line in source.code {
                guard !line.hasPrefix(" "), let type = declaredType(line) else { continue }
                if let owner = owners[type], owner != part { shared.insert(type) }
                owners[type] = part
            }
        }
        return owners.filter { !shared.contains($0.key) }
    }

    private func declaredType(_ line: String) -> String? {
        let words = line.split { !$0.isLetter && !$0.isNumber && $0 != "_" }.map(String.init)
        let kinds: Set = ["struct", "class", "enum", "actor", "protocol", "typealias"]
        guard let kind = words.firstIndex(where: kinds.contains), kind + 1 < words.count else {
            return nil
        }
        return words[kind + 1]
    }

    private func identifiers(_ line: String) -> [String] {
        line.split { !$0.isLetter && !$0.isNumber && $0 != "_" }.map(String.init)
    }

    private func mentions(_ word: String, in line: String) -> Bool {
        identifiers(line).contains(word)
    }

    private func isCModule(_ name: String) -> Bool {
        Repository.folders(in: "Shared/C").contains(name)
    }
}
