/// The arrays that libpq wants for parameters, kept between statements.
struct ParameterScratch {
    var types: [UInt32] = []
    var lengths: [CInt] = []
    var formats: [CInt] = []
    var values: [UnsafePointer<CChar>?] = []

    /// Fills the arrays from `parameters`, whose bytes stand at `base` while they are used.
    mutating func fill(_ parameters: SQLParameters, base: UnsafeRawPointer) {
        types.removeAll(keepingCapacity: true)
        lengths.removeAll(keepingCapacity: true)
        formats.removeAll(keepingCapacity: true)
        values.removeAll(keepingCapacity: true)
        for entry in parameters.entries {
            types.append(entry.type.rawValue)
            lengths.append(CInt(entry.length ?? 0))
            formats.append(entry.isBinary ? 1 : 0)
            values.append(
                entry.length == nil
                    ? nil : (base + entry.offset).assumingMemoryBound(to: CChar.self))
        }
    }
}
