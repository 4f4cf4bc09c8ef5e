internal import CArgon2
internal import Glibc
internal import Runtime

/// Hashes passwords with Argon2id (RFC 9106) into PHC strings, on threads of its own: as many at a
/// time as the machine has cores, the others wait. A loop is never held up.
public struct PasswordHasher: Sendable {
    /// OWASP's first choice: 19 MiB, two passes, one lane.
    public static let defaultMemoryKiB = 19_456
    public static let defaultIterations = 2
    public static let defaultParallelism = 1

    static let saltBytes = 16
    static let hashBytes = 32
    /// Longer ones are not of ours.
    static let encodedLimit = 256

    private let memoryKiB: UInt32
    private let iterations: UInt32
    private let parallelism: UInt32
    private let random: any RandomSource

    /// All hashers of a process share the threads, because they share the cores and the memory.
    private static let pool = NamedPool(
        name: "passwords", threads: max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))))

    /// - Parameters:
    ///   - memoryKiB: how much memory a hash takes, at least eight for each lane.
    ///   - iterations: how many times it goes over the memory, at least once.
    ///   - parallelism: how many lanes the memory has, at least one.
    public init(
        memoryKiB: Int = defaultMemoryKiB, iterations: Int = defaultIterations,
        parallelism: Int = defaultParallelism
    ) {
        self.init(
            memoryKiB: memoryKiB, iterations: iterations, parallelism: parallelism,
            random: SystemRandom())
    }

    init(memoryKiB: Int, iterations: Int, parallelism: Int, random: any RandomSource) {
        precondition(
            (1...255).contains(parallelism) && (1...1_000).contains(iterations)
                && (8 * parallelism...1 << 22).contains(memoryKiB),
            "these are no costs for Argon2id")
        self.memoryKiB = UInt32(memoryKiB)
        self.iterations = UInt32(iterations)
        self.parallelism = UInt32(parallelism)
        self.random = random
    }

    /// A PHC string, `$argon2id$v=19$m=19456,t=2,p=1$…`, with a new salt.
    ///
    /// - Throws: `CryptoError` when there is no memory for it.
    public func hash(_ password: [UInt8]) async throws -> String {
        let result = await onPool { encode(password, salt: random.bytes(Self.saltBytes)) }
        return try result.get()
    }

    /// Whether `phc` was made of this password, in a time that does not tell how near it is.
    ///
    /// - Returns: false also for a string that is no Argon2id hash.
    public func verify(_ password: [UInt8], against phc: String) async -> Bool {
        guard phc.utf8.count <= Self.encodedLimit, phc.hasPrefix("$argon2id$") else { return false }
        return await onPool {
            argon2id_verify(phc, password, password.count) == ARGON2_OK.rawValue
        }
    }

    /// A hash that no password has. Verifying against it takes as long as against a real one, so
    /// that nobody can tell by the clock whether an account exists.
    public var decoy: String {
        let salt = Base64.encode([UInt8](repeating: 0, count: Self.saltBytes)).prefix { $0 != "=" }
        let hash = Base64.encode([UInt8](repeating: 0, count: Self.hashBytes)).prefix { $0 != "=" }
        return "\(prefix)\(salt)$\(hash)"
    }

    /// Whether `phc` was made with other costs than these: then hash anew at the next sign-in.
    public func needsRehash(_ phc: String) -> Bool { !phc.hasPrefix(prefix) }

    private var prefix: String {
        "$argon2id$v=19$m=\(memoryKiB),t=\(iterations),p=\(parallelism)$"
    }

    func encode(_ password: [UInt8], salt: [UInt8]) -> Result<String, CryptoError> {
        var encoded = [CChar](repeating: 0, count: Self.encodedLimit)
        let code = argon2id_hash_encoded(
            iterations, memoryKiB, parallelism, password, password.count, salt, salt.count,
            Self.hashBytes, &encoded, encoded.count)
        guard code == ARGON2_OK.rawValue else {
            return .failure(
                CryptoError("hash password", reason: String(cString: argon2_error_message(code))))
        }
        let text = encoded.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return .success(String(decoding: text, as: UTF8.self))
    }

    private func onPool<R: Sendable>(_ body: @Sendable () -> R) async -> R {
        await withTaskExecutorPreference(Self.pool) { await Self.compute(body) }
    }

    /// Runs where the task prefers to run, on no actor.
    @concurrent
    private static func compute<R: Sendable>(_ body: @Sendable () -> R) async -> R { body() }
}
