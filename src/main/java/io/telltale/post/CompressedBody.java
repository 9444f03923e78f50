package io.telltale.post;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufInputStream;
import io.netty.buffer.Unpooled;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.api.ContentCoding;
import io.telltale.api.DecodedBody;
import io.telltale.post.BodyReader.Chunk;
import io.telltale.streams.Concatenation;
import org.jspecify.annotations.Nullable;

/**
 * Collects a compressed body, and decompresses it on demand. It is collected because the decoders of the JDK cannot
 * wait for bytes. Close it in every case.
 */
final class CompressedBody implements AutoCloseable {

    private static final int MIN_BLOCK_BYTES = 4 << 10;
    private static final int MAX_BLOCK_BYTES = 1 << 20;

    private final ContentCoding coding;

    /** Grows by blocks, without a copy. */
    private final ByteBuf received = Unpooled.compositeBuffer(Integer.MAX_VALUE);

    private @Nullable DecodedBody decoded;

    CompressedBody(ContentCoding coding) {
        this.coding = coding;
    }

    /** The most memory that a compressed body of this length holds. */
    static int maxHeldBytes(int length) {
        return length + Math.max(MIN_BLOCK_BYTES, Math.min(length, MAX_BLOCK_BYTES));
    }

    /** The longest decompressed body for a compressed one of this length. */
    static int maxDecompressedBytes(int length) {
        return DecodedBody.limit(length, BodyReader.MAX_BODY_BYTES);
    }

    /**
     * Adds a chunk of the compressed body.
     *
     * @return the chunks of the decompressed body if this was the last one
     */
    Multi<Chunk> decompressed(Chunk chunk) {
        if (!chunk.isLast()) {
            add(chunk.bytes());
            return Multi.createFrom().empty();
        }
        DecodedBody body = new DecodedBody(
                coding, new ByteBufInputStream(received), received.readableBytes(), BodyReader.MAX_BODY_BYTES);
        decoded = body;
        return Concatenation.repeated(() -> Uni.createFrom().item(() -> next(body)), next -> !next.isLast());
    }

    private void add(byte[] bytes) {
        if (received.writableBytes() < bytes.length) {
            int block = Math.max(MIN_BLOCK_BYTES, Math.min(received.capacity(), MAX_BLOCK_BYTES));
            received.capacity(received.capacity() + Math.max(block, bytes.length));
        }
        received.writeBytes(bytes);
    }

    private static Chunk next(DecodedBody body) {
        byte[] piece = body.next();
        return new Chunk(piece, piece.length == 0);
    }

    @Override
    public void close() {
        if (decoded != null) {
            decoded.close();
            decoded = null;
        }
    }
}
