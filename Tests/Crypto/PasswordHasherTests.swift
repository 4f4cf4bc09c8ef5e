import Testing

@testable import Crypto

@Suite struct PasswordHasherTests {
    /// Small, so that the suite is quick; the costs are not what is tested.
    private let hasher = PasswordHasher(memoryKiB: 64, iterations: 1, parallelism: 1)

    /// From the test suite of Argon2's reference implementation, version 1.3.
    @Test(arguments: [
        (
            256, 2, 1,
            "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
        ),
        (
            256, 2, 2,
            "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc"
        ),
        (
            65_536, 2, 1,
            "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
        ),
    ])
    func hashesAreThoseOfTheReference(memory: Int, passes: Int, lanes: Int, expected: String)
        async throws
    {
        let hasher = PasswordHasher(memoryKiB: memory, iterations: passes, parallelism: lanes)
        let password = Array("password".utf8)
        #expect(try hasher.encode(password, salt: Array("somesalt".utf8)).get() == expected)
        #expect(await hasher.verify(password, against: expected))
        #expect(await !hasher.verify(Array("passwore".utf8), against: expected))
    }

    @Test func aHashIsOfItsPasswordOnly() async throws {
        let hash = try await hasher.hash(Array("correct horse".utf8))
        #expect(await hasher.verify(Array("correct horse".utf8), against: hash))
        #expect(await !hasher.verify(Array("correct hors".utf8), against: hash))
        #expect(await !hasher.verify([], against: hash))
    }

    @Test func theSamePasswordHashesDifferently() async throws {
        let first = try await hasher.hash([1, 2, 3])
        let second = try await hasher.hash([1, 2, 3])
        #expect(first != second)
    }

    @Test func passwordsOfAnyBytesAreTaken() async throws {
        for password in [[], [0], [0, 1, 0], [UInt8](repeating: 0xFF, count: 1_000)] {
            let hash = try await hasher.hash(password)
            #expect(await hasher.verify(password, against: hash))
            #expect(await !hasher.verify(password + [0], against: hash))
        }
    }

    @Test(arguments: [
        "", "$argon2id$", "$argon2id$v=19$m=64,t=1,p=1$", "$2b$10$abcdefghijklmnopqrstuv",
        "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8",
        "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$" + String(repeating: "A", count: 300),
    ])
    func otherTextsMatchNothing(_ text: String) async {
        #expect(await !hasher.verify(Array("password".utf8), against: text))
    }

    @Test func theDecoyCostsTheSameAndMatchesNothing() async throws {
        let real = try await hasher.hash(Array("password".utf8))
        #expect(hasher.decoy.utf8.count == real.utf8.count)
        #expect(!hasher.needsRehash(hasher.decoy))
        #expect(await !hasher.verify(Array("password".utf8), against: hasher.decoy))
        #expect(await !hasher.verify([], against: hasher.decoy))
    }

    @Test func otherCostsAskForAnotherHash() async throws {
        let hash = try await hasher.hash([1])
        #expect(!hasher.needsRehash(hash))
        #expect(PasswordHasher().needsRehash(hash))
        #expect(PasswordHasher().decoy.hasPrefix("$argon2id$v=19$m=19456,t=2,p=1$"))
    }

    @Test func manyAtATimeAreAllDone() async throws {
        let hasher = hasher
        let hash = try await hasher.hash([7])
        let matches = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<64 {
                group.addTask { await hasher.verify([UInt8(number)], against: hash) }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(matches == 1)
    }
}
