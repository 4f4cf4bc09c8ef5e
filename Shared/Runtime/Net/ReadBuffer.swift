/// The memory that all streams of one loop read into, so that an idle connection holds none.
///
/// Its content is good only during the owner's `didRead`.
public final class ReadBuffer: @unchecked Sendable {
    // Safety of `@unchecked`: used on one loop's thread only, by its streams.

    /// What one read can bring.
    public static let size = 65_536

    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)

    public init() {}

    deinit { memory.deallocate() }
}
