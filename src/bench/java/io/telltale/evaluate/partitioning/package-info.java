/**
 * The chapter on partitioning: the same readings in three table layouts, written and read by the driver alone. What a
 * layout costs then shows without the rest of the service.
 */
@NullMarked
package io.telltale.evaluate.partitioning;

import org.jspecify.annotations.NullMarked;
